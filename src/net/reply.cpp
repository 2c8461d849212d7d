#include "net/reply.hpp"

#include <cassert>
#include <cstring>
#include <utility>

#include "net/checksum.hpp"
#include "net/headers.hpp"

namespace encluster::net {

namespace {

constexpr std::uint16_t kL3 = sizeof(EthernetHeader);
constexpr std::uint16_t kL4 = kL3 + sizeof(Ipv4Header);
constexpr std::uint8_t kVersion4WithoutOptions = 0x45;
constexpr std::uint8_t kTimeToLive = 64;  // RFC 1122 lets the host choose; the assigned number

/// What Ethernet and IP headers of a reply say.
struct Envelope {
  MacAddress source_mac;
  MacAddress destination_mac;
  Ipv4Address source;
  Ipv4Address destination;
  Protocol protocol;
};

/// Writes the headers around `message_bytes` bytes that follow, of which `header_bytes` are the
/// transport header, and makes the parser fields say the same.
void write_envelope(Packet& packet, const Envelope& envelope, std::uint16_t header_bytes,
                    std::uint16_t message_bytes) noexcept {
  packet.header_at<EthernetHeader>(0) = {envelope.destination_mac, envelope.source_mac,
                                         kEtherTypeIpv4};
  auto& ip = packet.header_at<Ipv4Header>(kL3);
  ip = {};
  ip.version_and_length = kVersion4WithoutOptions;
  ip.total_length = Be16(static_cast<std::uint16_t>(sizeof ip + message_bytes));
  // With DF, an identification of zero needs not be unique (RFC 6864, section 4.1).
  ip.flags_and_offset = Be16(kDontFragment);
  ip.time_to_live = kTimeToLive;
  ip.protocol = static_cast<std::uint8_t>(envelope.protocol);
  ip.source = envelope.source.wire();
  ip.destination = envelope.destination.wire();
  ip.checksum = ipv4_checksum({packet.frame + kL3, sizeof ip});

  packet.l3 = kL3;
  packet.l4 = kL4;
  packet.payload = static_cast<std::uint16_t>(kL4 + header_bytes);
  packet.end = static_cast<std::uint16_t>(kL4 + message_bytes);
  packet.length = packet.end;
  packet.fragment = false;
  packet.source = envelope.source;
  packet.destination = envelope.destination;
  packet.protocol = envelope.protocol;
}

/// The message behind the IP header, for its checksum.
std::span<const std::byte> message_of(const Packet& packet) noexcept {
  return {packet.frame + packet.l4, packet.frame + packet.end};
}

/// Neither "this host", nor loopback, nor multicast, nor of class E, which includes the limited
/// broadcast (RFC 1122, section 3.2.1.3). A subnet's broadcast address is known by its MAC address.
bool single_host(Ipv4Address address) noexcept {
  const std::uint32_t first_byte = address.value() >> 24;
  return first_byte != 0 && first_byte != 127 && first_byte < 224;
}

bool may_be_answered(const Packet& packet) noexcept {
  const bool group_mac = (packet.header_at<EthernetHeader>(0).destination[0] & 1) != 0;
  return !group_mac && single_host(packet.source) && single_host(packet.destination);
}

/// Of a fragment, nothing speaks against it.
bool udp_checksum_ok(const Packet& packet) noexcept {
  // Over a message with its checksum, the sum is zero, which for UDP is written as all ones.
  constexpr Be16 kZero = Be16::from_raw(0xffff);
  const auto& udp = packet.header_at<UdpHeader>(packet.l4);
  return packet.fragment || udp.checksum.raw() == 0 ||
         transport_checksum(packet.source, packet.destination, Protocol::udp,
                            message_of(packet)) == kZero;
}

}  // namespace

bool turn_into_reset(Packet& packet) noexcept {
  assert(packet.protocol == Protocol::tcp && packet.payload != 0);
  if (packet.has(tcp_flag::rst) || !may_be_answered(packet)) return false;
  const auto& ethernet = packet.header_at<EthernetHeader>(0);
  const auto& tcp = packet.header_at<TcpHeader>(packet.l4);
  BareSegment reset{.source_mac = ethernet.destination,
                    .destination_mac = ethernet.source,
                    .source = packet.destination,
                    .destination = packet.source,
                    .source_port = packet.destination_port,
                    .destination_port = packet.source_port,
                    .flags = tcp_flag::rst};
  if (packet.has(tcp_flag::ack)) {
    reset.sequence = tcp.acknowledgment.host();
  } else {
    const unsigned syn_and_fin = unsigned{packet.has(tcp_flag::syn)} + packet.has(tcp_flag::fin);
    const auto bytes = static_cast<std::uint32_t>(packet.payload_bytes().size());
    reset.flags |= tcp_flag::ack;
    reset.acknowledgment = tcp.sequence.host() + bytes + syn_and_fin;
  }
  write_segment(packet, reset);
  return true;
}

bool turn_into_unreachable(Packet& packet, std::uint8_t code, Ipv4Address from,
                           std::uint16_t next_mtu) noexcept {
  constexpr std::uint16_t kQuotedAfterHeader = 8;
  constexpr std::uint16_t kQuote = kL4 + sizeof(IcmpHeader);
  if (!may_be_answered(packet)) return false;
  if (packet.protocol == Protocol::icmp && !packet.header_at<IcmpHeader>(packet.l4).is_echo()) {
    return false;
  }
  const auto quoted = static_cast<std::uint16_t>(packet.l4 - packet.l3 + kQuotedAfterHeader);
  if (kQuote + quoted > packet.capacity) return false;
  std::memmove(packet.frame + kQuote, packet.frame + packet.l3, quoted);

  const EthernetHeader ethernet = packet.header_at<EthernetHeader>(0);
  const Envelope envelope{ethernet.destination, ethernet.source, from, packet.source,
                          Protocol::icmp};
  write_envelope(packet, envelope, sizeof(IcmpHeader),
                 static_cast<std::uint16_t>(sizeof(IcmpHeader) + quoted));
  packet.source_port = PortNumber{};
  packet.destination_port = PortNumber{};
  packet.tcp_flags = 0;
  auto& icmp = packet.header_at<IcmpHeader>(kL4);
  icmp = {};
  icmp.type = icmp_type::unreachable;
  icmp.code = code;
  icmp.sequence = Be16(next_mtu);
  icmp.checksum =
      transport_checksum(packet.source, packet.destination, Protocol::icmp, message_of(packet));
  return true;
}

bool turn_into_datagram(Packet& packet, std::span<const std::byte> payload) noexcept {
  const std::size_t bytes = kL4 + sizeof(UdpHeader) + payload.size();
  if (!may_be_answered(packet) || packet.source_port == PortNumber() || bytes > packet.capacity ||
      !udp_checksum_ok(packet)) {
    return false;
  }
  const EthernetHeader ethernet = packet.header_at<EthernetHeader>(0);
  const Envelope envelope{ethernet.destination, ethernet.source, packet.destination, packet.source,
                          Protocol::udp};
  const auto message = static_cast<std::uint16_t>(sizeof(UdpHeader) + payload.size());
  write_envelope(packet, envelope, sizeof(UdpHeader), message);
  std::swap(packet.source_port, packet.destination_port);
  std::memcpy(packet.frame + packet.payload, payload.data(), payload.size());
  auto& udp = packet.header_at<UdpHeader>(kL4);
  udp = {packet.source_port.wire(), packet.destination_port.wire(), Be16(message), Be16()};
  udp.checksum =
      transport_checksum(packet.source, packet.destination, Protocol::udp, message_of(packet));
  return true;
}

void write_segment(Packet& packet, const BareSegment& segment) noexcept {
  assert(packet.capacity >= kBareSegmentBytes);
  const Envelope envelope{segment.source_mac, segment.destination_mac, segment.source,
                          segment.destination, Protocol::tcp};
  write_envelope(packet, envelope, sizeof(TcpHeader), sizeof(TcpHeader));
  packet.source_port = segment.source_port;
  packet.destination_port = segment.destination_port;
  packet.tcp_flags = segment.flags;
  auto& tcp = packet.header_at<TcpHeader>(kL4);
  tcp = {};
  tcp.source_port = segment.source_port.wire();
  tcp.destination_port = segment.destination_port.wire();
  tcp.sequence = Be32(segment.sequence);
  tcp.acknowledgment = Be32(segment.acknowledgment);
  tcp.data_offset = sizeof tcp / 4 << 4;
  tcp.flags = segment.flags;
  tcp.window = Be16(segment.window);
  tcp.checksum =
      transport_checksum(packet.source, packet.destination, Protocol::tcp, message_of(packet));
}

}  // namespace encluster::net
