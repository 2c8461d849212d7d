#include "switching/admit.hpp"

#include <cstring>

#include "net/headers.hpp"
#include "net/ip_options.hpp"
#include "net/parse.hpp"

namespace encluster::switching {

namespace {

using net::FrameKind;

constexpr Ipv4Prefix kMulticast{Ipv4Address(224, 0, 0, 0), 4};
constexpr Ipv4Address kBroadcast{255, 255, 255, 255};

bool is_group_mac(const MacAddress& mac) noexcept { return (mac[0] & 0x01) != 0; }

bool is_group_address(Ipv4Address address, const Ipv4Prefix& network) noexcept {
  return kMulticast.contains(address) || address == kBroadcast ||
         is_directed_broadcast(address, network);
}

/// As ==, which calls memcmp for these six bytes.
bool is_same(const MacAddress& a, const MacAddress& b) noexcept {
  const auto number = [](const MacAddress& mac) {
    std::uint32_t high = 0;
    std::uint16_t low = 0;
    std::memcpy(&high, mac.data(), sizeof high);
    std::memcpy(&low, mac.data() + sizeof high, sizeof low);
    return std::uint64_t{high} << 16 | low;
  };
  return number(a) == number(b);
}

/// Drops frames for other stations; frames for a group of stations must carry a group's datagram.
bool is_for_us(Packet& packet, const MacAddress& own, bool group_address) noexcept {
  const auto& destination = packet.header_at<net::EthernetHeader>(0).destination;
  if (is_same(destination, own) || (is_group_mac(destination) && group_address)) return true;
  packet.drop(DropReason::not_our_mac);
  return false;
}

const net::ArpPacket& arp_of(const Packet& packet) noexcept {
  return packet.header_at<net::ArpPacket>(packet.l3);
}

/// Outside, ARP may only concern the cluster address, or a neighbour that announces itself: Linux
/// would answer for every address it has.
void admit_arp_from_network(Packet& packet, const NetworkState& network,
                            const InterconnectState& interconnect) noexcept {
  const Ipv4Address sender(arp_of(packet).sender);
  const Ipv4Address target(arp_of(packet).target);
  const bool announcement = sender == target && network.address.contains(sender);
  if (interconnect.address.contains(sender) ||
      (target != network.address.address && !announcement)) {
    return packet.drop(DropReason::arp_inside_address);
  }
  const bool for_group = is_group_mac(packet.header_at<net::EthernetHeader>(0).destination);
  if (is_for_us(packet, network.mac, for_group)) packet.verdict = Verdict::local;
}

/// True if a remote with this source address can have sent the packet to this network.
bool check_remote(Packet& packet, const Snapshot& snapshot) noexcept {
  const Place& place = snapshot.places.find(packet.source);
  const bool outside = place.kind == PlaceKind::remote || place.kind == PlaceKind::unreachable;
  if (!outside || is_directed_broadcast(packet.source, snapshot.networks[packet.network].address)) {
    packet.drop(DropReason::spoofed_source);
    return false;
  }
  if (snapshot.networks.size() == 1 || place.network == packet.network) return true;
  packet.drop(place.network == kNoNetwork ? DropReason::no_route : DropReason::other_network);
  return false;
}

/// Puts a packet on its list, or among the fragments.
void add(Packet& packet, FrameKind kind, PacketList& list, Gathering& fragments,
         BurstContext& context) noexcept {
  if (kind == FrameKind::message) [[likely]] {
    return list.add(packet);
  }
  fragments.add(packet, kind == FrameKind::first_fragment, list, context);
}

void admit_one_from_network(Packet& packet, PacketList& admitted, Gathering& fragments,
                            BurstContext& context) noexcept {
  const Snapshot& snapshot = context.snapshot;
  const NetworkState& network = snapshot.networks[packet.network];
  const FrameKind kind = net::parse(packet);
  if (kind == FrameKind::bad) return;
  if (kind == FrameKind::arp) {
    return admit_arp_from_network(packet, network, snapshot.interconnect);
  }
  const bool ours = packet.destination == network.address.address;
  const bool group = !ours && is_group_address(packet.destination, network.address);
  if (!is_for_us(packet, network.mac, group) || !check_remote(packet, snapshot)) return;
  if (!ours && !group) {
    return packet.drop(DropReason::not_cluster_address);
  }
  if (group || kind == FrameKind::other) {
    packet.verdict = Verdict::local;
  } else {
    add(packet, kind, admitted, fragments, context);
  }
}

/// Finds the node that sent the packet; drops what no node can have sent.
bool identify_node(Packet& packet, const Snapshot& snapshot) noexcept {
  if (const NodeId* node = snapshot.node_by_address.find(packet.source.value())) {
    packet.node = *node;
    return true;
  }
  packet.drop(snapshot.interconnect.address.contains(packet.source) ? DropReason::unknown_source
                                                                    : DropReason::spoofed_source);
  return false;
}

/// Sorts by what the destination is.
void admit_to(const Place& place, Packet& packet, FrameKind kind, PacketList& to_remotes,
              PacketList& to_cluster, Gathering& fragments, BurstContext& context) noexcept {
  switch (place.kind) {
    case PlaceKind::remote:
      packet.network = place.network;
      packet.next_hop = place.gateway == Ipv4Address() ? packet.destination : place.gateway;
      packet.router = place.router;
      return add(packet, kind, to_remotes, fragments, context);
    case PlaceKind::cluster:
      packet.network = place.network;
      return add(packet, kind, to_cluster, fragments, context);
    case PlaceKind::unreachable:
      return packet.drop(DropReason::no_route);
    case PlaceKind::inside:
    case PlaceKind::gateway:
      return packet.drop(DropReason::transit);
  }
}

void admit_message_from_interconnect(Packet& packet, FrameKind kind, PacketList& to_remotes,
                                     PacketList& to_cluster, Gathering& fragments,
                                     BurstContext& context) noexcept {
  const Snapshot& snapshot = context.snapshot;
  const InterconnectState& interconnect = snapshot.interconnect;
  const Place& place = snapshot.places.find(packet.destination);
  const bool for_gateway = place.kind == PlaceKind::gateway;
  if (!is_for_us(packet, interconnect.mac, for_gateway)) return;
  if (for_gateway && interconnect.address.contains(packet.source) &&
      packet.source != interconnect.address.address) {
    packet.verdict = Verdict::local;
    return;
  }
  if (!identify_node(packet, snapshot)) return;
  if (kind == FrameKind::other) return packet.drop(DropReason::protocol);
  admit_to(place, packet, kind, to_remotes, to_cluster, fragments, context);
}

/// The kernel may speak of the cluster address alone on an external network, and ask for nobody
/// inside.
void admit_arp_from_local(Packet& packet, const NetworkState& network,
                          const InterconnectState& interconnect) noexcept {
  const Ipv4Address sender(arp_of(packet).sender);
  const bool own = sender == network.address.address || sender == Ipv4Address();
  if (!own || interconnect.address.contains(Ipv4Address(arp_of(packet).target))) {
    return packet.drop(DropReason::inside_address);
  }
  packet.verdict = Verdict::forward;
}

/// True if an ICMP error quotes a packet from or to an inside address, or a redirect advises one.
bool shows_inside_address(const Packet& packet, const Ipv4Prefix& inside) noexcept {
  if (packet.protocol != Protocol::icmp || packet.payload == packet.l4) return false;
  const auto& icmp = packet.header_at<net::IcmpHeader>(packet.l4);
  const Ipv4Address advised(std::uint32_t{icmp.identifier.host()} << 16 | icmp.sequence.host());
  if (icmp.type == net::icmp_type::redirect && inside.contains(advised)) return true;
  const bool quotes = icmp.is_error() || icmp.type == net::icmp_type::redirect ||
                      icmp.type == net::icmp_type::source_quench;
  if (!quotes || packet.payload_bytes().size() < sizeof(net::Ipv4Header)) return false;
  const auto& quoted = packet.header_at<net::Ipv4Header>(packet.payload);
  return inside.contains(Ipv4Address(quoted.source)) ||
         inside.contains(Ipv4Address(quoted.destination));
}

void admit_one_from_local(Packet& packet, PacketList& claiming, Gathering& fragments,
                          BurstContext& context) noexcept {
  const Snapshot& snapshot = context.snapshot;
  const FrameKind kind = net::parse(packet);
  if (kind == FrameKind::bad) return;
  packet.node = kGateway;
  if (packet.origin == Origin::local_interconnect) {
    packet.egress = kInterconnect;
    packet.verdict = Verdict::forward;
    return;
  }
  const NetworkState& network = snapshot.networks[packet.network];
  packet.egress = packet.network;
  if (kind == FrameKind::arp) return admit_arp_from_local(packet, network, snapshot.interconnect);
  if (packet.source != network.address.address ||
      snapshot.interconnect.address.contains(packet.destination) ||
      shows_inside_address(packet, snapshot.interconnect.address)) {
    return packet.drop(DropReason::inside_address);
  }
  if (kind == FrameKind::other || is_group_address(packet.destination, network.address)) {
    net::conceal_addresses_in_options(packet);
    packet.verdict = Verdict::forward;
  } else {
    add(packet, kind, claiming, fragments, context);
  }
}

}  // namespace

void admit_from_network(std::span<Packet> burst, PacketList& admitted, Gathering& fragments,
                        BurstContext& context) noexcept {
  for (Packet& packet : burst) admit_one_from_network(packet, admitted, fragments, context);
}

void admit_from_interconnect(std::span<Packet> burst, PacketList& to_remotes,
                             PacketList& to_cluster, Gathering& fragments,
                             BurstContext& context) noexcept {
  const InterconnectState& interconnect = context.snapshot.interconnect;
  for (Packet& packet : burst) {
    const FrameKind kind = net::parse(packet);
    if (kind == FrameKind::bad) continue;
    if (kind == FrameKind::arp) {
      const bool group = is_group_mac(packet.header_at<net::EthernetHeader>(0).destination);
      if (is_for_us(packet, interconnect.mac, group)) packet.verdict = Verdict::local;
      continue;
    }
    admit_message_from_interconnect(packet, kind, to_remotes, to_cluster, fragments, context);
  }
}

void admit_from_local(std::span<Packet> burst, PacketList& claiming, Gathering& fragments,
                      BurstContext& context) noexcept {
  for (Packet& packet : burst) admit_one_from_local(packet, claiming, fragments, context);
}

}  // namespace encluster::switching
