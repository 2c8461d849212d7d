// The ways between workers: what one received and another owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "encluster/packet.hpp"
#include "rcu/ring.hpp"
#include "switching/counters.hpp"

struct rte_mbuf;

namespace encluster::datapath {

/// The device a frame was received by: an external network's, or the interconnect's. Frames of both
/// sides travel apart, because a worker handles one side at a time.
enum class Side : std::uint8_t { outside, inside };

/// A frame on its way to its owner. Whoever holds it owns the buffer.
struct HandedFrame {
  rte_mbuf* buffer = nullptr;
  NetworkIndex network = 0;  ///< of side `outside`
};

using HandoffRing = rcu::Ring<HandedFrame>;

/// Two rings, one a side, for each ordered pair of workers. Made and destroyed by the control
/// thread.
class Handoff {
 public:
  /// @pre workers > 1. @throws std::bad_alloc
  explicit Handoff(std::size_t workers);
  Handoff(const Handoff&) = delete;
  Handoff& operator=(const Handoff&) = delete;
  /// Frees the frames that are still under way. @pre all workers have ended.
  ~Handoff();

  /// `from` alone pushes, `to` alone pops. @pre from != to
  [[nodiscard]] HandoffRing& ring(WorkerId from, WorkerId to, Side side) noexcept {
    return *rings_[(from * workers_ + to) * 2 + static_cast<std::size_t>(side)];
  }
  [[nodiscard]] std::size_t workers() const noexcept { return workers_; }

  /// Frames of one ring: the more workers there are, the fewer of them send to one at a time.
  [[nodiscard]] static std::size_t frames(std::size_t workers) noexcept;
  /// Frames of all rings together.
  [[nodiscard]] static std::size_t total_frames(std::size_t workers) noexcept;

 private:
  std::size_t workers_;
  std::vector<std::unique_ptr<HandoffRing>> rings_;  ///< null where a worker meets itself
};

/// One worker's end of all its rings. Private to that worker.
class Exchange {
 public:
  /// @param handoff outlives this object
  Exchange(WorkerId worker, Handoff& handoff, switching::Counters& counters)
      : worker_(worker), handoff_(handoff), counters_(counters) {}

  /// Gives the packets of the burst that belong to other workers to them. A packet whose owner's
  /// ring is full is dropped, and counted. @return the worker's own, in their order: the front part
  /// of the burst
  [[nodiscard]] std::span<Packet> keep_own(std::span<Packet> burst) noexcept;

  /// Calls `serve(ring, side)` for each ring that leads to this worker.
  template <typename Serve>
  void for_each_inbound(Serve&& serve) noexcept {
    for (std::size_t from = 0; from < handoff_.workers(); ++from) {
      if (from == worker_) continue;
      for (const Side side : {Side::outside, Side::inside}) {
        serve(handoff_.ring(static_cast<WorkerId>(from), worker_, side), side);
      }
    }
  }

 private:
  void hand_over(const Packet& packet, WorkerId owner) noexcept;

  WorkerId worker_;
  Handoff& handoff_;
  switching::Counters& counters_;
};

}  // namespace encluster::datapath
