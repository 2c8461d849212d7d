// One worker's packet pipeline: everything between receiving a burst and sending it, without DPDK.
#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>

#include "encluster/packet.hpp"
#include "switching/announcements.hpp"
#include "switching/connection_table.hpp"
#include "switching/counters.hpp"
#include "switching/hold.hpp"
#include "switching/packet_pool.hpp"
#include "switching/snapshot.hpp"
#include "switching/worker_event.hpp"

namespace encluster::switching {

struct PipelineLimits {
  ConnectionLimits connections;
  std::uint32_t announcements = 4096;  ///< sessions to rshd and rexecd being followed
};

/// Where the pipeline leaves events for the control thread. Worker thread; must not block.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void send(const WorkerEvent& event) noexcept = 0;
};

/// Private to one worker. Each call handles one burst (at most kMaxBurst packets) against one
/// snapshot and leaves a verdict in every packet; packets with Verdict::hold stay with the pipeline
/// until they come out of take_emitted().
class Pipeline {
 public:
  Pipeline(const PipelineLimits& limits, WorkerId worker, std::uint64_t seed, PacketPool& pool,
           EventSink& events, Counters& counters,
           std::pmr::memory_resource* memory = std::pmr::get_default_resource());

  /// A burst received on an external network.
  void from_network(std::span<Packet> burst, const Snapshot& snapshot, Seconds now) noexcept;
  /// A burst received on the interconnect.
  void from_interconnect(std::span<Packet> burst, const Snapshot& snapshot, Seconds now) noexcept;
  /// A burst that the gateway's own kernel sent through a network's or the interconnect's TAP.
  void from_local(std::span<Packet> burst, const Snapshot& snapshot, Seconds now) noexcept;

  /// Between bursts: expires a little, probes, goes on with long commands, releases held packets.
  void maintain(const Snapshot& snapshot, Seconds now) noexcept;

  /// Carries out a command and sends its answer to the event sink.
  void execute(const Command& command, const Snapshot& snapshot, Seconds now) noexcept;

  /// Packets that the pipeline made or gives back, with final verdicts. To be dispatched at once
  /// after each of the calls above; the next call reuses the space.
  [[nodiscard]] std::span<Packet> take_emitted() noexcept;

  [[nodiscard]] ConnectionTable& connections() noexcept { return connections_; }
  [[nodiscard]] const Announcements& announcements() const noexcept { return announcements_; }
  [[nodiscard]] std::size_t held() const noexcept { return hold_.size(); }
};

}  // namespace encluster::switching
