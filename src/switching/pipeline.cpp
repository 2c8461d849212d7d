#include "switching/pipeline.hpp"

#include <optional>
#include <variant>

#include "switching/admit.hpp"
#include "switching/announce.hpp"
#include "switching/claim.hpp"
#include "switching/commands.hpp"
#include "switching/deliver.hpp"
#include "switching/hairpin.hpp"
#include "switching/route.hpp"

namespace encluster::switching {

namespace {

/// Keep the hash that chooses nodes, and the one whose results remotes see as identifications,
/// apart from those that order tables.
constexpr std::uint64_t kFloodSeed = 0xd1b54a32d192ed03;
constexpr std::uint64_t kIdentificationSeed = 0x8cb92ba72f3d8dd7;

/// Copies that a routing function asked for; the pipeline made them, each for a node of its own.
void deliver_copies(BurstContext& context) noexcept {
  for (Packet& packet : context.emitter.packets()) {
    if (packet.verdict == Verdict::pending) deliver_to_node(packet, context);
  }
}

}  // namespace

Pipeline::Pipeline(const PipelineLimits& limits, WorkerId worker, std::uint64_t seed,
                   PacketPool& pool, EventSink& events, Counters& counters,
                   std::pmr::memory_resource* memory)
    : connections_(limits.connections, seed, memory),
      announcements_(limits.announcements, ~seed),
      fragments_(limits.fragments, seed, memory),
      identifications_(seed ^ kIdentificationSeed),
      emitter_(pool),
      flood_(limits.flood, seed ^ kFloodSeed, memory),
      events_(events),
      counters_(counters),
      worker_(worker) {}

BurstContext Pipeline::context(const Snapshot& snapshot, Seconds now) noexcept {
  emitter_.clear();
  return context_with(snapshot, now, counters_, false);
}

BurstContext Pipeline::context_with(const Snapshot& snapshot, Seconds now, Counters& counters,
                                    bool simulated) noexcept {
  return {snapshot, now,     connections_, announcements_, fragments_, identifications_, hold_,
          emitter_, events_, counters,     flood_,         worker_,    simulated};
}

void Pipeline::from_network(std::span<Packet> burst, const Snapshot& snapshot,
                            Seconds now) noexcept {
  BurstContext context = this->context(snapshot, now);
  run_network(burst, context);
}

void Pipeline::from_interconnect(std::span<Packet> burst, const Snapshot& snapshot,
                                 Seconds now) noexcept {
  BurstContext context = this->context(snapshot, now);
  run_interconnect(burst, context);
}

void Pipeline::from_local(std::span<Packet> burst, const Snapshot& snapshot, Seconds now) noexcept {
  BurstContext context = this->context(snapshot, now);
  run_local(burst, context);
}

void Pipeline::run_network(std::span<Packet> burst, BurstContext& context) noexcept {
  PacketList admitted;
  Gathering fragments;
  admit_from_network(burst, admitted, fragments, context);
  route(admitted, Sender::remote, context);
  finish_routed(admitted, context);
  fragments.settle(context);
}

void Pipeline::run_interconnect(std::span<Packet> burst, BurstContext& context) noexcept {
  PacketList to_remotes;
  PacketList to_cluster;
  Gathering fragments;
  admit_from_interconnect(burst, to_remotes, to_cluster, fragments, context);
  claim(to_remotes, context);
  announce(to_remotes, context);
  for (Packet* packet : to_remotes) {
    if (packet->verdict == Verdict::pending) deliver_to_remote(*packet, context);
  }
  if (!to_cluster.empty()) {
    hairpin(to_cluster, context);
    finish_routed(to_cluster, context);
  }
  fragments.settle(context);
}

void Pipeline::run_local(std::span<Packet> burst, BurstContext& context) noexcept {
  PacketList claiming;
  Gathering fragments;
  admit_from_local(burst, claiming, fragments, context);
  claim(claiming, context);
  announce(claiming, context);
  for (Packet* packet : claiming) {
    if (packet->verdict == Verdict::pending) deliver_from_local(*packet, context);
  }
  fragments.settle(context);
}

/// Carries out what route() decided.
void Pipeline::finish_routed(PacketList& packets, BurstContext& context) noexcept {
  for (Packet* packet : packets) {
    if (packet->verdict == Verdict::pending) {
      deliver_to_node(*packet, context);
    } else if (packet->verdict == Verdict::answer) {
      packet->egress = packet->origin == Origin::network ? packet->network : kInterconnect;
    } else if (packet->verdict == Verdict::hold) {
      park(*packet, context);
    }
  }
  deliver_copies(context);
}

void Pipeline::park(Packet& packet, BurstContext& context) noexcept {
  if (context.simulated) return;
  if (!parked_.add(packet, context.snapshot.generation, context.now)) {
    packet.drop(DropReason::hold_full);
  }
}

void Pipeline::release_parked(BurstContext& context) noexcept {
  while (emitter_.room() > 0) {
    const std::optional<Packet> due = parked_.take_due(context.snapshot.generation, context.now);
    if (!due.has_value()) return;
    // It is emitted before it is routed, because its copies may take all the room there is.
    Packet& packet = emitter_.add(*due);
    if (packet.verdict != Verdict::pending) continue;
    if (packet.origin == Origin::network) {
      run_network({&packet, 1}, context);
    } else {
      run_interconnect({&packet, 1}, context);
    }
  }
}

void Pipeline::maintain(const Snapshot& snapshot, Seconds now) noexcept {
  BurstContext context = this->context(snapshot, now);
  release_parked(context);
  hold_.release(snapshot, now, emitter_);
  fragments_.release(now, emitter_);
  upkeep_.run(context);
  counters_.connections.set(connections_.size());
  counters_.embryonic.set(connections_.embryonic());
  counters_.announcing.set(announcements_.size());
  counters_.waiting.set(held());
  counters_.fragmented.set(fragments_.datagrams());
  count_flood(now);
}

void Pipeline::count_flood(Seconds now) noexcept {
  const bool flooded = flood_.active(now);
  counters_.flooded.set(flooded ? 1 : 0);
  if (flooded && now != second_) counters_.flooded_seconds.add();
  second_ = now;
}

void Pipeline::execute(const Command& command, const Snapshot& snapshot, Seconds now) noexcept {
  if (const auto* simulation = std::get_if<SimulatePacket>(&command.what)) {
    simulate(*simulation->simulation, snapshot, now);
    return events_.send(CommandDone{command.id, true, 0});
  }
  BurstContext context = this->context(snapshot, now);
  const CommandResult result = carry_out(command, context, upkeep_);
  if (result.finished) events_.send(CommandDone{command.id, result.done, result.count});
}

void Pipeline::simulate(Simulation& simulation, const Snapshot& snapshot, Seconds now) noexcept {
  Counters uncounted;
  emitter_.clear();
  BurstContext context = context_with(snapshot, now, uncounted, true);
  Packet& packet = simulation.packet;
  packet.frame = simulation.frame.data();
  packet.capacity = Simulation::kCapacity;
  switch (packet.origin) {
    case Origin::network:
      return run_network({&packet, 1}, context);
    case Origin::interconnect:
      return run_interconnect({&packet, 1}, context);
    case Origin::local_network:
    case Origin::local_interconnect:
      return run_local({&packet, 1}, context);
  }
}

}  // namespace encluster::switching
