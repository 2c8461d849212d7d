#include "agent/retry_plan.hpp"

#include <algorithm>
#include <utility>

namespace encluster::agent {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

RetryPlan::Attempt RetryPlan::next(Clock::time_point now, double jitter) {
  const auto delay = duration_cast<milliseconds>(delay_ * (1 + jitter) / 2);
  const std::size_t count = refused_until_.size();
  std::size_t best = turn_;
  for (std::size_t step = 0; step < count; ++step) {
    const std::size_t gateway = (turn_ + step) % count;
    if (refused_until_[gateway] <= now + delay) {
      best = gateway;
      break;
    }
    if (refused_until_[gateway] < refused_until_[best]) best = gateway;
  }
  turn_ = std::exchange(twice_, false) ? best : (best + 1) % count;
  return {best, std::max(delay, duration_cast<milliseconds>(refused_until_[best] - now))};
}

void RetryPlan::failed() { delay_ = std::clamp(2 * delay_, kLeastDelay, kMostDelay); }

void RetryPlan::refused(std::size_t gateway, Clock::time_point now) {
  refused_until_[gateway] = now + kRefusedDelay;
}

void RetryPlan::called(std::size_t gateway) {
  turn_ = gateway;
  twice_ = true;
  delay_ = milliseconds(0);
}

}  // namespace encluster::agent
