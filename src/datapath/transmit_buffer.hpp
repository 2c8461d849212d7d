// Collects frames for one device until a burst is worth handing over.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "datapath/burst.hpp"
#include "datapath/nic_port.hpp"
#include "switching/counters.hpp"

namespace encluster::datapath {

/// Private to one worker. Frames leave in the order they were added.
class TransmitBuffer {
 public:
  /// @param sent counts the frames that the device took
  /// @param lost counts those that it did not
  TransmitBuffer(NicPort& port, WorkerId queue, switching::Traffic& sent, switching::Counter& lost)
      : port_(port), queue_(queue), sent_(sent), lost_(lost) {}

  /// Takes the buffer over, and puts the device's tag on.
  void add(rte_mbuf& buffer) noexcept;
  /// Hands all frames to the device, and frees what it does not take.
  void flush() noexcept {
    if (count_ != 0) send();
  }
  /// The longest frame the device sends, in bytes without tag and FCS.
  [[nodiscard]] std::uint32_t max_frame() const noexcept { return port_.max_frame(); }

 private:
  void send() noexcept;
  void lose(rte_mbuf& buffer) noexcept;

  NicPort& port_;
  WorkerId queue_;
  switching::Traffic& sent_;
  switching::Counter& lost_;
  std::uint16_t count_ = 0;
  std::uint64_t bytes_ = 0;
  std::array<rte_mbuf*, kBurst> buffers_{};
};

}  // namespace encluster::datapath
