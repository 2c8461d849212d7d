// Weighted round robin in its smooth form: weights 5, 1, 1 give a a b a c a a, not a a a a a b c.
#pragma once

#include <vector>

#include "login/scheduler.hpp"

namespace encluster::login {

/// Theory of operation: each session is worth the sum of the eligible weights. Before it is given
/// away, every eligible candidate earns its weight; the richest gets the session and pays for it.
/// The accounts' sum is constant, so nobody's debt outlasts one round.
///
/// A changed weight closes all accounts: what was earned under old weights would otherwise be paid
/// out first, and the new ones would not take effect at once.
class WeightedRoundRobin final : public Scheduler {
 public:
  explicit WeightedRoundRobin(std::size_t candidates) : accounts_(candidates) {}

  [[nodiscard]] std::optional<std::size_t> choose(
      std::span<const Candidate> candidates) const noexcept override;
  void commit(std::span<const Candidate> candidates, std::size_t chosen) noexcept override;

 private:
  struct Account {
    std::uint16_t weight = 0;  ///< under which `balance` was earned
    std::int64_t balance = 0;
  };

  [[nodiscard]] bool weights_changed(std::span<const Candidate> candidates) const noexcept;

  std::vector<Account> accounts_;
};

}  // namespace encluster::login
