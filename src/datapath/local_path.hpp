// The way between one worker and the gateway's own kernel: two rings, and a bell.
#pragma once

#include <cstddef>
#include <span>

#include "datapath/doorbell.hpp"
#include "encluster/packet.hpp"
#include "rcu/ring.hpp"

struct rte_mbuf;

namespace encluster::datapath {

/// A frame on its way to or from a TAP. Whoever holds it owns the buffer.
struct LocalFrame {
  rte_mbuf* buffer = nullptr;
  Egress tap = kInterconnect;  ///< the side whose TAP it is for, or came from
};

/// Shared by one worker and the TAP pump.
class LocalPath {
 public:
  static constexpr std::size_t kFrames = 1024;  ///< of each ring

  /// @param pump woken when there is something for it; outlives this object
  explicit LocalPath(Doorbell& pump) : pump_(pump), to_kernel_(kFrames), from_kernel_(kFrames) {}
  LocalPath(const LocalPath&) = delete;
  LocalPath& operator=(const LocalPath&) = delete;
  /// Frees the frames that are still under way. @pre both threads have ended.
  ~LocalPath();

  // Worker.

  /// @return false, and the caller keeps the buffer, if the ring is full
  [[nodiscard]] bool to_kernel(const LocalFrame& frame) noexcept {
    const bool taken = to_kernel_.push(frame);
    unannounced_ = unannounced_ || taken;
    return taken;
  }
  /// Wakes the pump for the frames given since the last call, should it sleep. This is the one
  /// system call that a worker can make on a packet's way: once a round at most, only for packets
  /// to the gateway itself, and not while the pump is awake, as it is whenever there is traffic.
  void announce() noexcept {
    if (unannounced_) pump_.ring();
    unannounced_ = false;
  }
  [[nodiscard]] std::size_t from_kernel(std::span<LocalFrame> frames) noexcept {
    return from_kernel_.pop(frames);
  }

  // Pump.

  [[nodiscard]] std::size_t take(std::span<LocalFrame> frames) noexcept {
    return to_kernel_.pop(frames);
  }
  [[nodiscard]] bool nothing_to_take() const noexcept { return to_kernel_.empty(); }
  /// @return false, and the caller keeps the buffer, if the ring is full
  [[nodiscard]] bool give(const LocalFrame& frame) noexcept { return from_kernel_.push(frame); }

 private:
  Doorbell& pump_;
  bool unannounced_ = false;  ///< the worker's
  rcu::Ring<LocalFrame> to_kernel_;
  rcu::Ring<LocalFrame> from_kernel_;
};

}  // namespace encluster::datapath
