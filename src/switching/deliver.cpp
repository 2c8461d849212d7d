#include "switching/deliver.hpp"

#include "net/headers.hpp"
#include "net/rewrite.hpp"

namespace encluster::switching {

namespace {

void hold(Packet& packet, BurstContext& context) noexcept {
  packet.verdict = Verdict::hold;
  if (context.simulated) return;
  switch (context.hold.add(packet, context.now)) {
    case Hold::Added::full:
      return packet.drop(DropReason::hold_full);
    case Hold::Added::first:
      context.events.send(ResolveNextHop{packet.egress, packet.next_hop});
      break;
    case Hold::Added::more:
      break;
  }
  context.counters.held.add();
}

}  // namespace

void resolve(Packet& packet, BurstContext& context) noexcept {
  const MacAddress* mac = context.snapshot.neighbour(packet.egress, packet.next_hop);
  if (mac == nullptr) return hold(packet, context);
  net::rewrite_macs(packet, context.snapshot.own_mac(packet.egress), *mac);
  packet.verdict = Verdict::forward;
}

void deliver_to_node(Packet& packet, BurstContext& context) noexcept {
  if (packet.node.is_gateway()) {
    if (packet.rewritten_port != packet.destination_port) {
      net::rewrite_destination(packet, packet.destination, packet.rewritten_port);
    }
    packet.verdict = Verdict::local;
    return;
  }
  const Ipv4Address address = context.snapshot.nodes[packet.node.value()].address;
  net::rewrite_destination(packet, address, packet.rewritten_port);
  packet.egress = kInterconnect;
  packet.next_hop = address;
  resolve(packet, context);
}

void deliver_to_remote(Packet& packet, BurstContext& context) noexcept {
  const Ipv4Address cluster = context.snapshot.networks[packet.network].address.address;
  net::rewrite_source(packet, cluster, packet.rewritten_port);
  packet.egress = packet.network;
  resolve(packet, context);
}

void deliver_from_local(Packet& packet) noexcept {
  if (packet.rewritten_port != packet.source_port) {
    net::rewrite_source(packet, packet.source, packet.rewritten_port);
  }
  packet.verdict = Verdict::forward;
}

}  // namespace encluster::switching
