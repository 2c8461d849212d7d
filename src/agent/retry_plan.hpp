// Which gateway to try next, and when.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace encluster::agent {

/// Takes the gateways in turn, ever slower while none answers. A gateway that refuses this node is
/// left alone for a while: only its operator can change that. One thread.
class RetryPlan {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLeastDelay{10};
  static constexpr std::chrono::milliseconds kMostDelay{250};
  static constexpr std::chrono::milliseconds kRefusedDelay{5000};

  struct Attempt {
    std::size_t gateway = 0;  ///< position, from 0
    std::chrono::milliseconds delay{};
  };

  /// @pre gateways is not 0
  explicit RetryPlan(std::size_t gateways) : refused_until_(gateways) {}

  /// @param jitter from 0 to 1, at random, so that nodes do not come all at once
  [[nodiscard]] Attempt next(Clock::time_point now, double jitter);
  /// The gateway did not answer, or the connection broke at once.
  void failed();
  void refused(std::size_t gateway, Clock::time_point now);
  /// Whether it has refused this node just now.
  [[nodiscard]] bool left_alone(std::size_t gateway, Clock::time_point now) const {
    return now < refused_until_[gateway];
  }
  /// The gateway says that it has started: it is next, at once, and after the least delay again,
  /// in case it does not listen yet.
  void called(std::size_t gateway);
  /// The connection had been of use for a while.
  void worked() { delay_ = kLeastDelay; }

 private:
  std::size_t turn_ = 0;
  bool twice_ = false;                 ///< the turn does not pass on by the next attempt
  std::chrono::milliseconds delay_{};  ///< before the next attempt
  std::vector<Clock::time_point> refused_until_;
};

}  // namespace encluster::agent
