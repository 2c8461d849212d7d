#include "net/parse.hpp"

#include "net/checksum.hpp"
#include "net/headers.hpp"

namespace encluster::net {

namespace {

FrameKind bad(Packet& packet, DropReason why) noexcept {
  packet.drop(why);
  return FrameKind::bad;
}

/// What no TCP sends: SYN, FIN and RST exclude each other, and a segment with neither SYN nor RST
/// acknowledges (RFC 9293, section 3.10.7.4, drops it otherwise): so none, FIN alone, "xmas".
constexpr bool impossible(unsigned flags) noexcept {
  const bool syn = (flags & tcp_flag::syn) != 0;
  const bool fin = (flags & tcp_flag::fin) != 0;
  const bool rst = (flags & tcp_flag::rst) != 0;
  const bool ack = (flags & tcp_flag::ack) != 0;
  return syn + fin + rst > 1 || !(syn || rst || ack);
}

/// Bit n is set if the flags n are impossible. URG and the two of ECN change nothing.
constexpr std::uint32_t kImpossibleFlags = [] {
  std::uint32_t set = 0;
  for (unsigned flags = 0; flags < 32; ++flags) {
    if (impossible(flags)) set |= std::uint32_t{1} << flags;
  }
  return set;
}();

FrameKind parse_tcp(Packet& packet) noexcept {
  const auto available = static_cast<std::uint16_t>(packet.end - packet.l4);
  const DropReason short_header =
      packet.fragment ? DropReason::tiny_fragment : DropReason::tcp_header;
  if (available < sizeof(TcpHeader)) return bad(packet, short_header);
  const auto& tcp = packet.header_at<TcpHeader>(packet.l4);
  const std::uint16_t header_length = tcp.header_length();
  if (header_length < sizeof tcp) return bad(packet, DropReason::tcp_header);
  if (header_length > available) return bad(packet, short_header);
  const std::uint8_t flags = tcp.flags;
  const PortNumber source_port(tcp.source_port);
  const PortNumber destination_port(tcp.destination_port);
  if ((kImpossibleFlags >> (flags & 0x1f) & 1) != 0) return bad(packet, DropReason::tcp_flags);
  if (source_port == PortNumber{} || destination_port == PortNumber{}) {
    return bad(packet, DropReason::port_zero);
  }
  packet.payload = static_cast<std::uint16_t>(packet.l4 + header_length);
  packet.tcp_flags = flags;
  packet.source_port = source_port;
  packet.destination_port = destination_port;
  return FrameKind::message;
}

FrameKind parse_udp(Packet& packet) noexcept {
  const auto available = static_cast<std::uint16_t>(packet.end - packet.l4);
  if (available < sizeof(UdpHeader)) return bad(packet, DropReason::udp_header);
  const auto& udp = packet.header_at<UdpHeader>(packet.l4);
  const std::uint16_t length = udp.length.host();
  // Of a first fragment, the rest of the datagram is still to come.
  if (length < sizeof udp || (length > available && !packet.fragment)) {
    return bad(packet, DropReason::udp_header);
  }
  packet.payload = static_cast<std::uint16_t>(packet.l4 + sizeof udp);
  packet.source_port = PortNumber(udp.source_port);
  packet.destination_port = PortNumber(udp.destination_port);
  if (packet.destination_port == PortNumber{}) return bad(packet, DropReason::port_zero);
  return FrameKind::message;
}

FrameKind parse_icmp(Packet& packet) noexcept {
  if (packet.end - packet.l4 < int{sizeof(IcmpHeader)}) {
    return bad(packet, DropReason::icmp_header);
  }
  const auto& icmp = packet.header_at<IcmpHeader>(packet.l4);
  packet.payload = static_cast<std::uint16_t>(packet.l4 + sizeof icmp);
  const PortNumber identifier = icmp.is_echo() ? PortNumber(icmp.identifier) : PortNumber{};
  packet.source_port = identifier;
  packet.destination_port = identifier;
  return FrameKind::message;
}

FrameKind without_ports(Packet& packet, FrameKind kind) noexcept {
  packet.payload = packet.l4;
  packet.source_port = PortNumber{};
  packet.destination_port = PortNumber{};
  return kind;
}

FrameKind parse_transport(Packet& packet) noexcept {
  if (packet.protocol == Protocol::tcp) [[likely]] {
    return parse_tcp(packet);
  }
  return packet.protocol == Protocol::udp ? parse_udp(packet) : parse_icmp(packet);
}

/// A fragment other than the last carries a multiple of 8 bytes, and none reaches behind the
/// longest datagram (RFC 791; the "ping of death").
FrameKind parse_fragment(Packet& packet, std::uint16_t flags_and_offset) noexcept {
  const unsigned bytes = packet.end - packet.l4;
  const unsigned offset = (flags_and_offset & kFragmentOffsetMask) * 8U;
  const bool more = (flags_and_offset & kMoreFragments) != 0;
  const unsigned header_length = packet.l4 - packet.l3;
  if (bytes == 0 || (more && bytes % 8 != 0) || header_length + offset + bytes > 0xffff) {
    return bad(packet, DropReason::ip_length);
  }
  if (offset == 0) {
    const FrameKind kind = parse_transport(packet);
    return kind == FrameKind::message ? FrameKind::first_fragment : kind;
  }
  if (packet.protocol == Protocol::tcp && offset < sizeof(TcpHeader)) {
    return bad(packet, DropReason::tiny_fragment);
  }
  return without_ports(packet, FrameKind::later_fragment);
}

DropReason check_ipv4(const Packet& packet) noexcept {
  const std::size_t available = packet.length - sizeof(EthernetHeader);
  if (available < sizeof(Ipv4Header)) return DropReason::frame_truncated;
  const auto& ip = packet.header_at<Ipv4Header>(sizeof(EthernetHeader));
  if (ip.version_and_length >> 4 != 4) return DropReason::ip_version;
  const std::size_t header_length = ip.header_length();
  if (header_length < sizeof ip || header_length > available) return DropReason::ip_header;
  if (!packet.ip_checksum_verified &&
      !ipv4_checksum_ok({packet.frame + sizeof(EthernetHeader), header_length})) {
    return DropReason::ip_checksum;
  }
  const std::size_t total = ip.total_length.host();
  if (total < header_length || total > available) return DropReason::ip_length;
  return DropReason::none;
}

FrameKind parse_ipv4(Packet& packet) noexcept {
  if (const DropReason why = check_ipv4(packet); why != DropReason::none) return bad(packet, why);
  // All is read before anything is written: the compiler must assume that frame and packet overlap.
  const auto& ip = packet.header_at<Ipv4Header>(sizeof(EthernetHeader));
  const std::uint16_t header_length = ip.header_length();
  const std::uint16_t total_length = ip.total_length.host();
  const std::uint16_t flags_and_offset = ip.flags_and_offset.host();
  const Protocol protocol{ip.protocol};
  const Ipv4Address source(ip.source);
  const Ipv4Address destination(ip.destination);

  packet.l3 = sizeof(EthernetHeader);
  packet.l4 = static_cast<std::uint16_t>(sizeof(EthernetHeader) + header_length);
  packet.end = static_cast<std::uint16_t>(sizeof(EthernetHeader) + total_length);
  packet.source = source;
  packet.destination = destination;
  packet.protocol = protocol;
  packet.fragment = (flags_and_offset & (kMoreFragments | kFragmentOffsetMask)) != 0;
  packet.tcp_flags = 0;
  const bool carried =
      protocol == Protocol::tcp || protocol == Protocol::udp || protocol == Protocol::icmp;
  if (!carried) return without_ports(packet, FrameKind::other);
  if (packet.fragment) [[unlikely]] {
    return parse_fragment(packet, flags_and_offset);
  }
  return parse_transport(packet);
}

FrameKind parse_arp(Packet& packet) noexcept {
  packet.l3 = sizeof(EthernetHeader);
  if (packet.length < sizeof(EthernetHeader) + sizeof(ArpPacket)) {
    return bad(packet, DropReason::frame_truncated);
  }
  const auto& arp = packet.header_at<ArpPacket>(packet.l3);
  const bool ipv4_over_ethernet =
      arp.hardware_type == kArpHardwareEthernet && arp.protocol_type == kEtherTypeIpv4 &&
      arp.hardware_length == sizeof(MacAddress) && arp.protocol_length == sizeof(Be32);
  return ipv4_over_ethernet ? FrameKind::arp : bad(packet, DropReason::frame_truncated);
}

}  // namespace

FrameKind parse(Packet& packet) noexcept {
  if (packet.length < sizeof(EthernetHeader)) return bad(packet, DropReason::frame_truncated);
  const Be16 type = packet.header_at<EthernetHeader>(0).type;
  if (type == kEtherTypeIpv4) [[likely]]
    return parse_ipv4(packet);
  if (type == kEtherTypeArp) return parse_arp(packet);
  if (type == kEtherTypeIpv6) return bad(packet, DropReason::ipv6);
  if (type == kEtherTypeVlan || type == kEtherTypeServiceVlan) {
    return bad(packet, DropReason::vlan);
  }
  return bad(packet, DropReason::ethertype);
}

}  // namespace encluster::net
