#include "switching/hold.hpp"

#include <span>

#include "net/rewrite.hpp"

namespace encluster::switching {

namespace {

/// Inside, only nodes are next hops; one may have been removed meanwhile.
bool is_gone(Egress egress, Ipv4Address next_hop, const Snapshot& snapshot) noexcept {
  return egress == kInterconnect && snapshot.node_by_address.find(next_hop.value()) == nullptr;
}

}  // namespace

Hold::Added Hold::add(const Packet& packet, Seconds now) noexcept {
  Waiting* free = nullptr;
  for (Waiting& waiting : waiting_) {
    if (waiting.count == 0) {
      if (free == nullptr) free = &waiting;
      continue;
    }
    if (waiting.egress != packet.egress || waiting.next_hop != packet.next_hop) continue;
    if (waiting.count == kPackets) return Added::full;
    waiting.packets[waiting.count++] = packet;
    ++size_;
    return Added::more;
  }
  if (free == nullptr) return Added::full;
  free->egress = packet.egress;
  free->next_hop = packet.next_hop;
  free->since = now;
  free->packets[0] = packet;
  free->count = 1;
  ++size_;
  return Added::first;
}

void Hold::release(const Snapshot& snapshot, Seconds now, Emitter& emitter) noexcept {
  if (size_ == 0) return;
  for (Waiting& waiting : waiting_) {
    if (waiting.count == 0) continue;
    const MacAddress* mac = snapshot.neighbour(waiting.egress, waiting.next_hop);
    const bool gone = is_gone(waiting.egress, waiting.next_hop, snapshot);
    if (!gone && mac == nullptr && now - waiting.since < kLife) continue;
    if (emitter.room() < waiting.count) return;
    for (Packet& packet : std::span(waiting.packets).first(waiting.count)) {
      if (gone) {
        packet.drop(DropReason::no_node);
      } else if (mac == nullptr) {
        packet.drop(DropReason::unresolved);
      } else {
        net::rewrite_macs(packet, snapshot.own_mac(waiting.egress), *mac);
        packet.verdict = Verdict::forward;
      }
      emitter.add(packet);
    }
    size_ -= waiting.count;
    waiting.count = 0;
  }
}

}  // namespace encluster::switching
