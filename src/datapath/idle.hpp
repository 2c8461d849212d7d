// What a worker does when it finds nothing to do.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace encluster::datapath {

enum class IdleMode : std::uint8_t {
  spin,   ///< looks again at once: lowest latency, a processor for itself
  pause,  ///< tells the processor that it waits: kinder to a sibling hyperthread
  sleep,  ///< after a moment without work, gives the processor away for a while
};

struct IdleSettings {
  IdleMode mode = IdleMode::sleep;
  std::chrono::microseconds sleep{50};  ///< of `sleep`: how long at least; may delay a packet so
};

/// How long to sleep after a silence: a sixteenth of it, which slows no dialogue down noticeably,
/// and at most two milliseconds, which devices bridge by their rings.
[[nodiscard]] constexpr std::chrono::nanoseconds sleep_after(
    std::chrono::nanoseconds silence, std::chrono::nanoseconds least) noexcept {
  constexpr std::chrono::nanoseconds kMost = std::chrono::milliseconds(2);
  return std::max(least, std::min(silence / 16, kMost));
}

/// Private to one worker thread.
class Idle {
 public:
  explicit Idle(const IdleSettings& settings) noexcept : settings_(settings) {}

  /// Makes the calling thread's short sleeps as short as asked for: by default the kernel prolongs
  /// each by up to 50 microseconds.
  static void prepare_thread() noexcept;

  void after_round(bool worked) noexcept {
    if (worked) {
      empty_rounds_ = 0;
      silence_ = {};
    } else if (settings_.mode != IdleMode::spin) {
      wait();
    }
  }

 private:
  /// The next packet of a burst or a dialogue is often there within as many rounds.
  static constexpr std::uint32_t kPatience = 64;

  void wait() noexcept;

  IdleSettings settings_;
  std::uint32_t empty_rounds_ = 0;
  std::chrono::nanoseconds silence_{};  ///< slept since the last round with work
};

}  // namespace encluster::datapath
