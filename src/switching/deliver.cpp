#include "switching/deliver.hpp"

#include <algorithm>

#include "net/headers.hpp"
#include "net/ip_options.hpp"
#include "net/mss.hpp"
#include "net/rewrite.hpp"
#include "switching/fit.hpp"

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

void resolve_whole(Packet& packet, BurstContext& context) noexcept {
  const MacAddress* mac = context.snapshot.neighbour(packet.egress, packet.next_hop);
  if (mac == nullptr) return hold(packet, context);
  net::rewrite_macs(packet, context.snapshot.own_mac(packet.egress), *mac);
  packet.verdict = Verdict::forward;
}

void forward(Packet& packet, const net::LinkAddresses& link) noexcept {
  net::rewrite_macs(packet, link);
  packet.verdict = Verdict::forward;
}

void send_to_node(Packet& packet, const NodeHop& hop, BurstContext& context) noexcept {
  if (!hop.resolved) [[unlikely]] {
    return hold(packet, context);
  }
  forward(packet, hop.link);
}

void send_to_remote(Packet& packet, BurstContext& context) noexcept {
  if (packet.router == 0) [[unlikely]] {
    return resolve_whole(packet, context);
  }
  forward(packet, context.snapshot.routers[packet.router]);
}

void resolve_in_pieces(Packet& packet, std::uint16_t mtu, BurstContext& context) noexcept {
  if (context.simulated) return resolve_whole(packet, context);
  const std::span<Packet> others = split(packet, mtu, context);
  if (packet.verdict != Verdict::pending) return;
  resolve_whole(packet, context);
  for (Packet& piece : others) resolve_whole(piece, context);
}

bool has_other_flags_than_df(const Packet& packet) noexcept {
  const auto& ip = packet.header_at<net::Ipv4Header>(packet.l3);
  return ip.flags_and_offset != Be16(net::kDontFragment);
}

/// A datagram that is, or may yet be, fragmented needs an identification of the gateway's; of
/// others any will do (RFC 6864). Fragments that follow get it from their first.
void identify(Packet& packet, BurstContext& context) noexcept {
  if (!has_other_flags_than_df(packet)) return;
  net::rewrite_identification(packet, context.simulated
                                          ? context.identifications.peek(packet.destination)
                                          : context.identifications.next(packet.destination));
}

/// No SYN may announce more than fits both sides of the gateway.
void limit_segments(Packet& packet, const BurstContext& context) noexcept {
  if (!packet.has(tcp_flag::syn)) return;
  const Snapshot& snapshot = context.snapshot;
  const std::uint16_t mtu =
      std::min(snapshot.networks[packet.network].mtu, snapshot.interconnect.mtu);
  net::clamp_mss(packet, static_cast<std::uint16_t>(mtu - net::kSegmentHeaders));
}

/// Options, and the quote of an error, may hold addresses that the sender's kernel wrote.
bool may_hold_addresses(const Packet& packet) noexcept {
  return packet.l4 - packet.l3 != int{sizeof(net::Ipv4Header)} || packet.protocol == Protocol::icmp;
}

/// To a node: what most packets don't need.
void deliver_special_to_node(Packet& packet, const NodeHop& hop, BurstContext& context) noexcept {
  const std::uint16_t mtu = context.snapshot.interconnect.mtu;
  if (packet.origin == Origin::network && is_too_big(packet, mtu) &&
      refuse_too_big(packet, mtu, context)) {
    return;
  }
  net::rewrite_destination(packet, hop.address, packet.rewritten_port);
  limit_segments(packet, context);
  if (packet.origin == Origin::interconnect) identify(packet, context);
  if (is_too_big(packet, mtu)) return resolve_in_pieces(packet, mtu, context);
  send_to_node(packet, hop, context);
}

/// To a remote: what most packets don't need.
void deliver_special_to_remote(Packet& packet, const NetworkState& network,
                               BurstContext& context) noexcept {
  if (is_too_big(packet, network.mtu) && refuse_too_big(packet, network.mtu, context)) return;
  net::rewrite_source(packet, network.address.address, packet.rewritten_port);
  limit_segments(packet, context);
  if (may_hold_addresses(packet)) net::conceal_addresses_in_options(packet);
  identify(packet, context);
  if (is_too_big(packet, network.mtu)) return resolve_in_pieces(packet, network.mtu, context);
  send_to_remote(packet, context);
}

}  // namespace

void resolve(Packet& packet, BurstContext& context) noexcept {
  const std::uint16_t mtu = context.snapshot.mtu(packet.egress);
  if (is_too_big(packet, mtu)) return resolve_in_pieces(packet, mtu, context);
  resolve_whole(packet, context);
}

void deliver_to_node(Packet& packet, BurstContext& context) noexcept {
  if (packet.node.is_gateway()) {
    if (packet.rewritten_port != packet.destination_port) {
      net::rewrite_destination(packet, packet.destination, packet.rewritten_port);
    }
    packet.verdict = Verdict::local;
    return;
  }
  const NodeHop& hop = context.snapshot.node_hops[packet.node.value()];
  packet.egress = kInterconnect;
  packet.next_hop = hop.address;
  // Of numbers, so that all is one branch: clang warns of `|` between conditions.
  const int special = int{is_too_big(packet, context.snapshot.interconnect.mtu)} |
                      int{packet.has(tcp_flag::syn)} | int{packet.origin == Origin::interconnect};
  if (special != 0) [[unlikely]] {
    return deliver_special_to_node(packet, hop, context);
  }
  net::rewrite_destination(packet, hop.address, packet.rewritten_port);
  send_to_node(packet, hop, context);
}

void deliver_to_remote(Packet& packet, BurstContext& context) noexcept {
  const NetworkState& network = context.snapshot.networks[packet.network];
  packet.egress = packet.network;
  const int special = int{is_too_big(packet, network.mtu)} | int{packet.has(tcp_flag::syn)} |
                      int{may_hold_addresses(packet)} | int{has_other_flags_than_df(packet)};
  if (special != 0) [[unlikely]] {
    return deliver_special_to_remote(packet, network, context);
  }
  net::rewrite_source(packet, network.address.address, packet.rewritten_port);
  send_to_remote(packet, context);
}

void deliver_from_local(Packet& packet, BurstContext& context) noexcept {
  if (packet.rewritten_port != packet.source_port) {
    net::rewrite_source(packet, packet.source, packet.rewritten_port);
  }
  if (may_hold_addresses(packet)) net::conceal_addresses_in_options(packet);
  identify(packet, context);
  packet.verdict = Verdict::forward;
}

}  // namespace encluster::switching
