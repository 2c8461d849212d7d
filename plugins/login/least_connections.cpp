#include "login/least_connections.hpp"

namespace encluster::login {

namespace {

/// Would the next session weigh less on `a` than on `b`? Fractions are compared crosswise, exactly.
bool less_loaded(const Candidate& a, const Candidate& b) noexcept {
  return (std::uint64_t{a.connections} + 1) * b.weight <
         (std::uint64_t{b.connections} + 1) * a.weight;
}

}  // namespace

std::optional<std::size_t> LeastConnections::choose(
    std::span<const Candidate> candidates) const noexcept {
  std::optional<std::size_t> best;
  for (std::size_t step = 0; step < candidates.size(); ++step) {
    const std::size_t position = (next_ + step) % candidates.size();
    const Candidate& candidate = candidates[position];
    if (!candidate.eligible) continue;
    if (!best || less_loaded(candidate, candidates[*best])) best = position;
  }
  return best;
}

void LeastConnections::commit(std::span<const Candidate> candidates, std::size_t chosen) noexcept {
  next_ = (chosen + 1) % candidates.size();
}

}  // namespace encluster::login
