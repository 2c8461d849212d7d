#include "login/round_robin.hpp"

namespace encluster::login {

std::optional<std::size_t> RoundRobin::choose(
    std::span<const Candidate> candidates) const noexcept {
  for (std::size_t step = 0; step < candidates.size(); ++step) {
    const std::size_t position = (next_ + step) % candidates.size();
    if (candidates[position].eligible) return position;
  }
  return std::nullopt;
}

void RoundRobin::commit(std::span<const Candidate> candidates, std::size_t chosen) noexcept {
  next_ = (chosen + 1) % candidates.size();
}

}  // namespace encluster::login
