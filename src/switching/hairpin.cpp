#include "switching/hairpin.hpp"

#include "net/rewrite.hpp"
#include "switching/announce.hpp"
#include "switching/claim.hpp"
#include "switching/connection_key.hpp"
#include "switching/icmp_error.hpp"
#include "switching/own_connection.hpp"
#include "switching/packet_kind.hpp"
#include "switching/route.hpp"

namespace encluster::switching {

namespace {

/// The key under which the receiving end is known, once the sender's port is the cluster's.
ConnectionKey receiving_key(const Packet& packet, BurstContext& context) noexcept {
  const ConnectionTable::Slot slot = context.connections.slot_of(outbound_key(packet));
  const Connection* own = find_own(packet, slot, context);
  const PortNumber shown =
      own == nullptr ? context.snapshot.shown_ports.find(packet) : PortNumber(own->cluster_port);
  return {packet.destination, shown, packet.destination_port, packet.protocol, false, NodeId()};
}

/// Whether the ports of a message say that the local stack is its receiver.
bool is_local_by_ports(const Packet& packet, BurstContext& context) noexcept {
  if (packet.protocol == Protocol::icmp) return true;
  const PortNumber port = packet.destination_port;
  if (const SwitchEntry* entry =
          context.snapshot.message_switch.find(packet.network, packet.protocol, port)) {
    return entry->function == nullptr && entry->node.is_gateway();
  }
  if (const auto owner = context.snapshot.slices.owner(port)) return owner->is_gateway();
  if (is_new_connection(packet) &&
      context.announcements.expected(packet.destination, port).has_value()) {
    return false;
  }
  // Perhaps a node's, which has not told yet: route() drops it.
  if (context.snapshot.recovering && packet.protocol == Protocol::tcp) return false;
  return context.connections.find(receiving_key(packet, context)) == nullptr;
}

/// The kernel has to see such a message with its source unchanged: it never answers one that comes
/// from its own address.
bool is_for_local_stack(const Packet& packet, BurstContext& context) noexcept {
  if (packet.protocol != Protocol::icmp || !is_icmp_error(packet)) {
    return is_local_by_ports(packet, context);
  }
  const auto answer = answer_to_quote(packet);
  // Without a sound quote claim() drops it.
  return answer.has_value() && is_local_by_ports(*answer, context);
}

/// What is not for a node goes back to its sender, or waits as it was received.
void finish(Packet& packet, Ipv4Address sender, PortNumber sender_port) noexcept {
  if (packet.verdict == Verdict::answer) {
    net::rewrite_destination(packet, sender, sender_port);
  } else if (packet.verdict == Verdict::hold) {
    net::rewrite_source(packet, sender, sender_port);
  } else if (packet.verdict == Verdict::pending && packet.node.is_gateway()) {
    packet.drop(DropReason::no_connection);
  }
}

}  // namespace

void hairpin(PacketList& packets, BurstContext& context) noexcept {
  PacketList to_nodes;
  std::array<PortNumber, kMaxBurst> ports;
  std::array<Ipv4Address, kMaxBurst> addresses;
  for (Packet* packet : packets) {
    if (is_for_local_stack(*packet, context)) {
      packet->rule = Rule::local_stack;
      packet->verdict = Verdict::local;
    } else {
      to_nodes.add(*packet);
    }
  }
  claim(to_nodes, context);
  announce(to_nodes, context);
  PacketList claimed;
  std::size_t count = 0;
  for (Packet* packet : to_nodes) {
    if (packet->verdict != Verdict::pending) continue;
    addresses[count] = packet->source;
    ports[count++] = packet->source_port;
    net::rewrite_source(*packet, packet->destination, packet->rewritten_port);
    claimed.add(*packet);
  }
  route(claimed, Sender::node, context);
  count = 0;
  for (Packet* packet : claimed) {
    finish(*packet, addresses[count], ports[count]);
    ++count;
  }
}

}  // namespace encluster::switching
