// What the stages of one burst share: the snapshot, the time, and the worker's own tables.
#pragma once

#include <array>
#include <cstddef>

#include "encluster/packet.hpp"
#include "switching/announcements.hpp"
#include "switching/connection_table.hpp"
#include "switching/counters.hpp"
#include "switching/emitter.hpp"
#include "switching/event_sink.hpp"
#include "switching/fragment_store.hpp"
#include "switching/hold.hpp"
#include "switching/identification.hpp"
#include "switching/snapshot.hpp"
#include "switching/syn_flood.hpp"

namespace encluster::switching {

/// Lives for one call into the pipeline, on the worker's stack.
struct BurstContext {
  const Snapshot& snapshot;
  Seconds now;
  ConnectionTable& connections;
  Announcements& announcements;
  FragmentStore& fragments;
  Identifications& identifications;
  Hold& hold;
  Emitter& emitter;
  EventSink& events;
  Counters& counters;
  SynFlood& flood;
  WorkerId worker;
  bool simulated = false;  ///< decide, but change no table

  [[nodiscard]] bool is_present(NodeId node) const noexcept {
    return node.value() < snapshot.nodes.size() && snapshot.nodes[node.value()].present;
  }
};

/// What a service's routing function is told.
[[nodiscard]] inline WorkerContext worker_context(const SwitchEntry& entry,
                                                  const BurstContext& context) noexcept {
  return {context.now,
          context.worker,
          context.snapshot.nodes,
          context.connections.by_node(),
          context.worker < entry.worker_states.size() ? entry.worker_states[context.worker].get()
                                                      : nullptr,
          context.simulated};
}

/// The packets of a burst that are on one path. Packets that got their verdict are passed over by
/// later stages.
class PacketList {
 public:
  /// @pre less than kMaxBurst packets so far.
  void add(Packet& packet) noexcept { packets_[count_++] = &packet; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] Packet* const* begin() const noexcept { return packets_.data(); }
  [[nodiscard]] Packet* const* end() const noexcept { return packets_.data() + count_; }

 private:
  std::array<Packet*, kMaxBurst> packets_;
  std::size_t count_ = 0;
};

}  // namespace encluster::switching
