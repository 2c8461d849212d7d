#include "login/weighted_round_robin.hpp"

namespace encluster::login {

bool WeightedRoundRobin::weights_changed(std::span<const Candidate> candidates) const noexcept {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (accounts_[i].weight != candidates[i].weight) return true;
  }
  return false;
}

std::optional<std::size_t> WeightedRoundRobin::choose(
    std::span<const Candidate> candidates) const noexcept {
  const bool fresh = weights_changed(candidates);
  std::optional<std::size_t> richest;
  std::int64_t most = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].eligible) continue;
    const std::int64_t funds = (fresh ? 0 : accounts_[i].balance) + candidates[i].weight;
    if (!richest || funds > most) {
      richest = i;
      most = funds;
    }
  }
  return richest;
}

void WeightedRoundRobin::commit(std::span<const Candidate> candidates,
                                std::size_t chosen) noexcept {
  const bool fresh = weights_changed(candidates);
  std::int64_t price = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Account& account = accounts_[i];
    if (fresh) account = {candidates[i].weight, 0};
    if (!candidates[i].eligible) continue;
    account.balance += account.weight;
    price += account.weight;
  }
  accounts_[chosen].balance -= price;
}

}  // namespace encluster::login
