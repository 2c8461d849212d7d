// What a worker does when it finds nothing to do.
#pragma once

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
  std::chrono::microseconds sleep{50};  ///< of `sleep`: how long; adds this to a packet's latency
};

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
};

}  // namespace encluster::datapath
