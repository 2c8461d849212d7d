// Changes to addresses, ports and payload of a checked packet, with every checksum adjusted by the
// difference (RFC 1624): what was corrupt stays corrupt, and nothing is read that need not be.
#pragma once

#include <algorithm>
#include <cassert>
#include <span>

#include "encluster/packet.hpp"
#include "net/checksum.hpp"
#include "net/headers.hpp"

namespace encluster::net {

namespace detail {

/// Of an echo the identifier; of an error the other end of what it quotes.
void rewrite_icmp_destination(Packet& packet, Ipv4Address to, PortNumber port) noexcept;
void rewrite_icmp_source(Packet& packet, Ipv4Address from, PortNumber port) noexcept;

/// Replaces one address and the port beside it; `port_field` is where TCP and UDP have that port.
inline void rewrite_end(Packet& packet, Be32& address_field, Ipv4Address address, Be16& port_field,
                        PortNumber port) noexcept {
  // Read before anything is written: the compiler must take every header field for an alias of
  // the packet's.
  auto& ip = packet.header_at<Ipv4Header>(packet.l3);
  auto& tcp = packet.header_at<TcpHeader>(packet.l4);
  auto& udp = packet.header_at<UdpHeader>(packet.l4);
  const Protocol protocol = packet.protocol;
  ChecksumDelta delta;
  delta.change(address_field, address.wire());
  const Be16 ip_checksum = delta.apply(ip.checksum);
  address_field = address.wire();
  ip.checksum = ip_checksum;

  if (protocol == Protocol::icmp) return;
  if (port_field.raw() != port.wire().raw()) {
    delta.change(port_field, port.wire());
    port_field = port.wire();
  }
  if (protocol == Protocol::tcp) {
    tcp.checksum = delta.apply(tcp.checksum);
  } else {
    udp.checksum = delta.apply_udp(udp.checksum);
  }
}

}  // namespace detail

/// Sends the packet to another address and port; both may be what they were. Of an ICMP echo `port`
/// is the identifier. Of an ICMP error both are also what its receiver sent the quoted message
/// from; of other ICMP `port` is ignored. Header and parser fields change together.
/// @pre parsed as a message, or as its first fragment.
inline void rewrite_destination(Packet& packet, Ipv4Address to, PortNumber port) noexcept {
  auto& ip = packet.header_at<Ipv4Header>(packet.l3);
  auto& ports = packet.header_at<UdpHeader>(packet.l4);
  packet.destination = to;
  if (packet.protocol != Protocol::icmp) packet.destination_port = port;
  detail::rewrite_end(packet, ip.destination, to, ports.destination_port, port);
  if (packet.protocol == Protocol::icmp) detail::rewrite_icmp_destination(packet, to, port);
}

/// Lets the packet come from another address and port; as rewrite_destination. Of an ICMP error
/// both are also what the quoted message was sent to.
/// @pre parsed as a message, or as its first fragment.
inline void rewrite_source(Packet& packet, Ipv4Address from, PortNumber port) noexcept {
  auto& ip = packet.header_at<Ipv4Header>(packet.l3);
  auto& ports = packet.header_at<UdpHeader>(packet.l4);
  packet.source = from;
  if (packet.protocol != Protocol::icmp) packet.source_port = port;
  detail::rewrite_end(packet, ip.source, from, ports.source_port, port);
  if (packet.protocol == Protocol::icmp) detail::rewrite_icmp_source(packet, from, port);
}

/// Gives the datagram another identification. @pre parsed.
inline void rewrite_identification(Packet& packet, std::uint16_t identification) noexcept {
  auto& ip = packet.header_at<Ipv4Header>(packet.l3);
  ChecksumDelta delta;
  delta.change(ip.identification, Be16(identification));
  ip.checksum = delta.apply(ip.checksum);
  ip.identification = Be16(identification);
}

/// Addresses and identification of a later fragment, which has no ports. @pre parsed.
inline void rewrite_fragment(Packet& packet, Ipv4Address from, Ipv4Address to,
                             std::uint16_t identification) noexcept {
  auto& ip = packet.header_at<Ipv4Header>(packet.l3);
  ChecksumDelta delta;
  delta.change(ip.source, from.wire());
  delta.change(ip.destination, to.wire());
  ip.checksum = delta.apply(ip.checksum);
  ip.source = from.wire();
  ip.destination = to.wire();
  packet.source = from;
  packet.destination = to;
  rewrite_identification(packet, identification);
}

/// @pre the frame has a whole Ethernet header.
inline void rewrite_macs(Packet& packet, const LinkAddresses& addresses) noexcept {
  packet.header_at<LinkAddresses>(0) = addresses;
}
inline void rewrite_macs(Packet& packet, const MacAddress& source,
                         const MacAddress& destination) noexcept {
  auto& ethernet = packet.header_at<EthernetHeader>(0);
  ethernet.destination = destination;
  ethernet.source = source;
}

/// Overwrites `bytes.size()` bytes of a TCP segment or UDP datagram, `offset` bytes after its
/// header begins. Meant for a few bytes, such as an option, or the digits of the port that an rsh
/// announces.
/// @pre parsed as a message of TCP or UDP; the bytes lie within it, and not on its checksum.
inline void replace_message_bytes(Packet& packet, std::uint16_t offset,
                                  std::span<const std::byte> bytes) noexcept {
  assert(packet.protocol == Protocol::tcp || packet.protocol == Protocol::udp);
  assert(packet.l4 + offset + bytes.size() <= packet.end);
  const std::span replaced(packet.frame + packet.l4 + offset, bytes.size());
  // A byte's place in its checksummed word is the parity of its offset.
  const auto as_word = [](std::byte value, std::size_t place) {
    const auto number = std::to_integer<std::uint16_t>(value);
    return Be16(static_cast<std::uint16_t>(place % 2 == 0 ? number << 8 : number));
  };
  ChecksumDelta delta;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    delta.change(as_word(replaced[i], offset + i), as_word(bytes[i], offset + i));
  }
  std::copy(bytes.begin(), bytes.end(), replaced.begin());
  if (packet.protocol == Protocol::tcp) {
    auto& tcp = packet.header_at<TcpHeader>(packet.l4);
    tcp.checksum = delta.apply(tcp.checksum);
  } else {
    auto& udp = packet.header_at<UdpHeader>(packet.l4);
    udp.checksum = delta.apply_udp(udp.checksum);
  }
}

/// As replace_message_bytes, counted from the payload's first byte.
inline void replace_payload_bytes(Packet& packet, std::uint16_t offset_in_payload,
                                  std::span<const std::byte> bytes) noexcept {
  const auto header_length = static_cast<std::uint16_t>(packet.payload - packet.l4);
  replace_message_bytes(packet, static_cast<std::uint16_t>(header_length + offset_in_payload),
                        bytes);
}

}  // namespace encluster::net
