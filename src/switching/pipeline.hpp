// One worker's packet pipeline: everything between receiving a burst and sending it, without DPDK.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <span>

#include "encluster/packet.hpp"
#include "switching/announcements.hpp"
#include "switching/burst_context.hpp"
#include "switching/connection_table.hpp"
#include "switching/counters.hpp"
#include "switching/emitter.hpp"
#include "switching/event_sink.hpp"
#include "switching/fragment_store.hpp"
#include "switching/hold.hpp"
#include "switching/identification.hpp"
#include "switching/parked.hpp"
#include "switching/snapshot.hpp"
#include "switching/syn_flood.hpp"
#include "switching/upkeep.hpp"
#include "switching/worker_event.hpp"

namespace encluster::switching {

struct PipelineLimits {
  ConnectionLimits connections;
  std::uint32_t announcements = 4096;  ///< sessions to rshd and rexecd being followed
  FragmentLimits fragments{};
  FloodLimits flood{};
};

/// Private to one worker. Each call handles one burst (at most kMaxBurst packets) against one
/// snapshot and leaves a final verdict in every packet; the buffers of those with Verdict::hold
/// stay with the pipeline until they come out of emitted().
class Pipeline {
 public:
  /// @param seed secret of the hash functions
  /// @param memory holds the tables of connections and fragments
  Pipeline(const PipelineLimits& limits, WorkerId worker, std::uint64_t seed, PacketPool& pool,
           EventSink& events, Counters& counters,
           std::pmr::memory_resource* memory = std::pmr::get_default_resource());

  /// A burst received on an external network.
  void from_network(std::span<Packet> burst, const Snapshot& snapshot, Seconds now) noexcept;
  /// A burst received on the interconnect.
  void from_interconnect(std::span<Packet> burst, const Snapshot& snapshot, Seconds now) noexcept;
  /// A burst that the gateway's own kernel sent through a network's or the interconnect's TAP.
  void from_local(std::span<Packet> burst, const Snapshot& snapshot, Seconds now) noexcept;

  /// Between bursts: expires a little, asks nodes, goes on with long commands, releases what
  /// waited.
  void maintain(const Snapshot& snapshot, Seconds now) noexcept;
  /// Call maintain() again soon: a table is swept, or a command carried out, step by step.
  [[nodiscard]] bool is_behind() const noexcept { return upkeep_.is_behind(); }

  /// Carries out a command and sends its answer to the event sink.
  void execute(const Command& command, const Snapshot& snapshot, Seconds now) noexcept;

  /// Packets that the last call made or gave back, with final verdicts: to be dispatched before the
  /// next call, which reuses the space.
  [[nodiscard]] std::span<Packet> emitted() noexcept { return emitter_.packets(); }

  [[nodiscard]] const ConnectionTable& connections() const noexcept { return connections_; }
  [[nodiscard]] const Announcements& announcements() const noexcept { return announcements_; }
  [[nodiscard]] const FragmentStore& fragments() const noexcept { return fragments_; }
  /// Packets that wait for a next hop, a routing function or a first fragment.
  [[nodiscard]] std::size_t held() const noexcept {
    return hold_.size() + parked_.size() + fragments_.held();
  }

 private:
  [[nodiscard]] BurstContext context(const Snapshot& snapshot, Seconds now) noexcept;
  [[nodiscard]] BurstContext context_with(const Snapshot& snapshot, Seconds now, Counters& counters,
                                          bool simulated) noexcept;
  void run_network(std::span<Packet> burst, BurstContext& context) noexcept;
  void run_interconnect(std::span<Packet> burst, BurstContext& context) noexcept;
  void run_local(std::span<Packet> burst, BurstContext& context) noexcept;
  void finish_routed(PacketList& packets, BurstContext& context) noexcept;
  void park(Packet& packet, BurstContext& context) noexcept;
  void release_parked(BurstContext& context) noexcept;
  void count_flood(Seconds now) noexcept;
  void simulate(Simulation& simulation, const Snapshot& snapshot, Seconds now) noexcept;

  ConnectionTable connections_;
  Announcements announcements_;
  FragmentStore fragments_;
  Identifications identifications_;
  Hold hold_;
  Parked parked_;
  Emitter emitter_;
  Upkeep upkeep_;
  SynFlood flood_;
  EventSink& events_;
  Counters& counters_;
  WorkerId worker_;
  Seconds second_ = 0;  ///< of the last maintain()
};

}  // namespace encluster::switching
