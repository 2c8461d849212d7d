// A packet's way through the gateway. Everything that follows a packet is called from here, in this
// order: receiver.hpp -> switching/pipeline.hpp -> dispatcher.hpp.
#include "datapath/worker.hpp"

#include "datapath/clock.hpp"

namespace encluster::datapath {

using switching::Snapshot;

Worker::Worker(WorkerId id, const WorkerSettings& settings, const WorkerParts& parts)
    : ports_(parts.ports),
      local_(parts.local),
      commands_(parts.channel.commands),
      reader_(parts.publisher, id),
      receiver_(id, parts.channel.counters),
      pipeline_(settings.limits, id, settings.seed, parts.pool, parts.channel.events,
                parts.channel.counters, &parts.memory),
      dispatcher_(id, parts.ports, parts.local, parts.channel.counters),
      idle_(settings.idle) {}

void Worker::run() noexcept {
  Idle::prepare_thread();
  reader_.online();
  while (!stopping_.load(std::memory_order_relaxed)) {
    const bool worked = round(coarse_seconds()) != 0;
    idle_.after_round(worked);
  }
  reader_.offline();
}

// One snapshot and one time hold for the whole round, so that no packet sees a half-made change.
std::size_t Worker::round(Seconds now) noexcept {
  const Snapshot& snapshot = reader_.current();

  std::size_t work = carry_out_commands(snapshot, now);
  for (NetworkIndex i = 0; i < ports_.networks.size(); ++i) work += serve_network(i, snapshot, now);
  work += serve_interconnect(snapshot, now);
  work += serve_local_stack(snapshot, now);
  maintain(snapshot, now);
  dispatcher_.flush();

  reader_.quiescent();
  return work;
}

/// What remote hosts sent.
std::size_t Worker::serve_network(NetworkIndex network, const Snapshot& snapshot,
                                  Seconds now) noexcept {
  const auto burst = receiver_.from_network(*ports_.networks[network], network);
  if (burst.empty()) return 0;
  pipeline_.from_network(burst, snapshot, now);
  dispatch(burst);
  return burst.size();
}

/// What nodes sent.
std::size_t Worker::serve_interconnect(const Snapshot& snapshot, Seconds now) noexcept {
  const auto burst = receiver_.from_interconnect(*ports_.interconnect);
  if (burst.empty()) return 0;
  pipeline_.from_interconnect(burst, snapshot, now);
  dispatch(burst);
  return burst.size();
}

/// What the gateway's own kernel sent.
std::size_t Worker::serve_local_stack(const Snapshot& snapshot, Seconds now) noexcept {
  const auto burst = receiver_.from_kernel(local_);
  if (burst.empty()) return 0;
  pipeline_.from_local(burst, snapshot, now);
  dispatch(burst);
  return burst.size();
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
