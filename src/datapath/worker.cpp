// A packet's way through the gateway. Everything that follows a packet is called from here, in this
// order: receiver.hpp -> switching/pipeline.hpp -> dispatcher.hpp.
#include "datapath/worker.hpp"

#include "datapath/clock.hpp"

namespace encluster::datapath {

using switching::Snapshot;

Worker::Worker(WorkerId id, const WorkerSettings& settings, const WorkerParts& parts)
    : networks_(sources_of(id, parts.ports)),
      interconnect_(*parts.ports.interconnect),
      interconnect_queue_(interconnect_.receive_queue_of(id)),
      local_(parts.local),
      commands_(parts.channel.commands),
      reader_(parts.publisher, id),
      receiver_(parts.channel.counters),
      pipeline_(settings.limits, id, settings.seed, parts.pool, parts.channel.events,
                parts.channel.counters, &parts.memory),
      dispatcher_(id, parts.ports, parts.local, parts.channel.counters),
      idle_(settings.idle) {
  if (parts.handoff != nullptr) exchange_.emplace(id, *parts.handoff, parts.channel.counters);
}

std::vector<Worker::Source> Worker::sources_of(WorkerId id, const Ports& ports) {
  std::vector<Source> sources;
  for (std::size_t i = 0; i < ports.networks.size(); ++i) {
    NicPort* port = ports.networks[i].get();
    if (const auto queue = port->receive_queue_of(id)) {
      sources.push_back({port, *queue, static_cast<NetworkIndex>(i)});
    }
  }
  return sources;
}

void Worker::run() noexcept {
  Idle::prepare_thread();
  reader_.online();
  while (!stopping_.load(std::memory_order_relaxed)) {
    const bool worked = round(coarse_seconds()) != 0;
    idle_.after_round(worked || pipeline_.is_behind());
  }
  reader_.offline();
}

// One snapshot and one time hold for the whole round, so that no packet sees a half-made change.
std::size_t Worker::round(Seconds now) noexcept {
  const Snapshot& snapshot = reader_.current();

  std::size_t work = carry_out_commands(snapshot, now);
  work += serve_networks(snapshot, now);
  work += serve_interconnect(snapshot, now);
  work += serve_local_stack(snapshot, now);
  if (exchange_) work += serve_other_workers(snapshot, now);
  maintain(snapshot, now);
  dispatcher_.flush();

  reader_.quiescent();
  return work;
}

/// What remote hosts sent.
std::size_t Worker::serve_networks(const Snapshot& snapshot, Seconds now) noexcept {
  std::size_t work = 0;
  for (const Source& source : networks_) {
    const auto received = receiver_.from_network(*source.port, source.queue, source.network);
    if (received.empty()) continue;
    const auto burst = own(received);
    pipeline_.from_network(burst, snapshot, now);
    dispatch(burst);
    work += received.size();
  }
  return work;
}

/// What nodes sent.
std::size_t Worker::serve_interconnect(const Snapshot& snapshot, Seconds now) noexcept {
  if (!interconnect_queue_) return 0;
  const auto received = receiver_.from_interconnect(interconnect_, *interconnect_queue_);
  if (received.empty()) return 0;
  const auto burst = own(received);
  pipeline_.from_interconnect(burst, snapshot, now);
  dispatch(burst);
  return received.size();
}

/// What the gateway's own kernel sent.
std::size_t Worker::serve_local_stack(const Snapshot& snapshot, Seconds now) noexcept {
  const auto burst = receiver_.from_kernel(local_);
  if (burst.empty()) return 0;
  pipeline_.from_local(burst, snapshot, now);
  dispatch(burst);
  return burst.size();
}

/// What other workers received, and this one owns.
std::size_t Worker::serve_other_workers(const Snapshot& snapshot, Seconds now) noexcept {
  std::size_t work = 0;
  exchange_->for_each_inbound([&](HandoffRing& ring, Side side) {
    const auto burst = receiver_.from_worker(ring, side);
    if (burst.empty()) return;
    if (side == Side::outside) {
      pipeline_.from_network(burst, snapshot, now);
    } else {
      pipeline_.from_interconnect(burst, snapshot, now);
    }
    dispatch(burst);
    work += burst.size();
  });
  return work;
}

/// Keeps what concerns this worker's remotes, whatever the device thinks; the rest goes to its
/// owners.
std::span<Packet> Worker::own(std::span<Packet> burst) noexcept {
  return exchange_ ? exchange_->keep_own(burst) : burst;
}

/// What the control thread asks for. Bounded, so that packets don't wait for a long list.
std::size_t Worker::carry_out_commands(const Snapshot& snapshot, Seconds now) noexcept {
  constexpr std::size_t kAtOnce = 32;
  std::size_t done = 0;
  for (; done < kAtOnce; ++done) {
    const auto command = commands_.pop();
    if (!command) break;
    pipeline_.execute(*command, snapshot, now);
    dispatch({});
  }
  return done;
}

/// What time asks for: expiry, retries, packets that waited for a next hop.
void Worker::maintain(const Snapshot& snapshot, Seconds now) noexcept {
  pipeline_.maintain(snapshot, now);
  dispatch({});
}

/// Carries out the verdicts on a burst, and on what the pipeline made on the occasion.
void Worker::dispatch(std::span<Packet> burst) noexcept {
  dispatcher_.dispatch(burst);
  dispatcher_.dispatch(pipeline_.emitted());
}

}  // namespace encluster::datapath
