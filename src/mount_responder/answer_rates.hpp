// How much the responder says: its lists are many times as long as the calls, whose senders may be
// forged.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

#include "control/token_bucket.hpp"
#include "encluster/types.hpp"

namespace encluster::mount_responder {

/// One thread.
class AnswerRates {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr unsigned kCallsOfRemote = 8;   ///< within a second
  static constexpr std::size_t kRemotes = 4096;   ///< that may call within a second
  static constexpr double kBytes = 1024 * 1024;   ///< of answers a second, of all together ...
  static constexpr double kBurst = 4 * kBytes;    ///< ... or at once
  static constexpr std::size_t kSmallest = 4096;  ///< what the shortest answer counts as, in bytes

  explicit AnswerRates(Time now) : second_(now), bytes_(kBytes, kBurst, now) {}

  /// One more call, which is paid for as a short answer: to look for what it asks costs time, too.
  /// @return false if it is to be dropped
  [[nodiscard]] bool may_ask(Ipv4Address remote, Time now);
  /// The answer to that call has so many bytes. @return false if it is not to be sent
  [[nodiscard]] bool may_answer(std::size_t bytes, Time now);

 private:
  Time second_;  ///< when the counting began
  std::map<Ipv4Address, unsigned> calls_;
  control::TokenBucket bytes_;
};

}  // namespace encluster::mount_responder
