#include "login/least_loaded.hpp"

#include <algorithm>

namespace encluster::login {

namespace {

/// Of a hundredth, so that forgetting an eighth of one session is exact enough.
constexpr std::uint32_t kUnits = 64;
/// Every 8 s an eighth is forgotten: a time constant of a minute, as the kernel's.
constexpr Seconds kPeriod = 8;
constexpr std::uint32_t kForgotten = 8;
/// After so many periods less than a session is left of all that fits.
constexpr Seconds kMostPeriods = 128;
/// Far beyond all loads: what is begun in a minute does not overflow.
constexpr std::uint32_t kMostBegun = 1u << 28;

}  // namespace

void LeastLoaded::look_at_clock(Seconds now) noexcept {
  const Seconds periods = (now - forgotten_) / kPeriod;
  if (periods == 0) return;
  forgotten_ += periods * kPeriod;
  for (std::uint32_t& begun : begun_) {
    for (Seconds i = 0; i < std::min(periods, kMostPeriods) && begun != 0; ++i) {
      begun -= begun / kForgotten + (begun < kForgotten ? begun : 0);
    }
  }
}

/// Would the next session weigh less on the one than on the other? Fractions are compared
/// crosswise, exactly.
bool LeastLoaded::is_better(std::span<const Candidate> candidates, std::size_t position,
                            std::size_t other) const noexcept {
  const auto load_with_one_more = [&](std::size_t i) {
    return std::uint64_t{candidates[i].load + kSessionLoad} * kUnits + begun_[i];
  };
  return load_with_one_more(position) * candidates[other].weight <
         load_with_one_more(other) * candidates[position].weight;
}

std::optional<std::size_t> LeastLoaded::choose(
    std::span<const Candidate> candidates) const noexcept {
  std::optional<std::size_t> best;
  for (std::size_t step = 0; step < candidates.size(); ++step) {
    const std::size_t position = (next_ + step) % candidates.size();
    if (!candidates[position].eligible) continue;
    if (!best || is_better(candidates, position, *best)) best = position;
  }
  return best;
}

void LeastLoaded::commit(std::span<const Candidate> candidates, std::size_t chosen) noexcept {
  next_ = (chosen + 1) % candidates.size();
  begun_[chosen] = std::min(begun_[chosen] + kSessionLoad * kUnits, kMostBegun);
}

}  // namespace encluster::login
