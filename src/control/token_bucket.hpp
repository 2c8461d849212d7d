// A bound on how much may come in a while.
#pragma once

#include <algorithm>
#include <chrono>

namespace encluster::control {

/// Holds up to `burst` tokens and gets `rate` new ones a second. One thread.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Full at `now`.
  TokenBucket(double rate, double burst, Time now)
      : rate_(rate), burst_(burst), left_(burst), filled_(now) {}

  /// Takes `tokens`. @return false, and nothing is taken, if there are fewer
  [[nodiscard]] bool take(double tokens, Time now) {
    left_ = std::min(burst_, left_ + rate_ * std::chrono::duration<double>(now - filled_).count());
    filled_ = now;
    if (left_ < tokens) return false;
    left_ -= tokens;
    return true;
  }

 private:
  double rate_;
  double burst_;
  double left_;
  Time filled_;
};

}  // namespace encluster::control
