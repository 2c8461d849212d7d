// The thread that moves frames between the workers' rings and the gateway's kernel, so that no
// worker makes a system call.
#pragma once

#include <poll.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "datapath/doorbell.hpp"
#include "datapath/local_path.hpp"
#include "datapath/mbuf_pool.hpp"
#include "encluster/packet.hpp"
#include "switching/counters.hpp"

namespace encluster::datapath {

/// File descriptors of the TAPs: non-blocking, one read or write a frame (IFF_TAP | IFF_NO_PI,
/// without virtio header).
struct TapDescriptors {
  std::vector<int> networks;  ///< index: NetworkIndex
  int interconnect = -1;
};

/// Made and destroyed by the control thread; run() is the pump's thread, which sleeps while there
/// is nothing to move. A frame that finds no room is counted and dropped: neither the kernel nor a
/// worker ever waits.
class TapPump {
 public:
  /// @param taps stay open while the pump lives
  /// @param paths one a worker, in the order of their numbers
  /// @param max_frame the longest frame that comes from a TAP, in bytes without FCS
  TapPump(const TapDescriptors& taps, std::vector<LocalPath*> paths, Doorbell& doorbell,
          MbufPool& pool, std::uint32_t max_frame);

  /// Moves frames until stop().
  void run() noexcept;
  /// Any thread: lets run() return soon.
  void stop() noexcept;

  /// Counts `local_received`, `local_sent` and drops.
  [[nodiscard]] const switching::Counters& counters() const noexcept { return counters_; }

 private:
  void sleep() noexcept;
  void from_kernel() noexcept;
  bool read_frame(Egress tap, int fd) noexcept;
  [[nodiscard]] LocalPath& path_of(const LocalFrame& frame) noexcept;
  [[nodiscard]] bool nothing_to_write() const noexcept;
  void to_kernel() noexcept;
  void write_frame(const LocalFrame& frame) noexcept;
  [[nodiscard]] int descriptor(Egress tap) const noexcept;
  void discard(rte_mbuf* buffer, DropReason reason) noexcept;

  std::vector<LocalPath*> paths_;  ///< index: WorkerId
  Doorbell& doorbell_;
  MbufPool& pool_;
  std::uint32_t max_frame_;
  TapDescriptors taps_;
  std::vector<pollfd> waited_for_;  ///< the networks' TAPs, the interconnect's, the doorbell
  switching::Counters counters_;
  std::atomic<bool> stopping_{false};
};

}  // namespace encluster::datapath
