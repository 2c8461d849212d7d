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

/// Gives an echo another identifier. Its checksum covers no address.
inline void rewrite_echo_identifier(Packet& packet, PortNumber identifier) noexcept {
  auto& icmp = packet.header_at<IcmpHeader>(packet.l4);
  if (!icmp.is_echo()) return;
  ChecksumDelta delta;
  delta.change(icmp.identifier, identifier.wire());
  icmp.checksum = delta.apply(icmp.checksum);
  icmp.identifier = identifier.wire();
  // Without a pseudo header an echo reply may sum up to nothing but zeros, where only 0xffff
  // verifies; elsewhere both forms of zero do.
  if (icmp.checksum.raw() == 0 && icmp.type == icmp_type::echo_reply &&
      identifier == PortNumber{}) {
    icmp.checksum = Be16::from_raw(0xffff);
  }
  packet.source_port = identifier;
  packet.destination_port = identifier;
}

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

  if (protocol == Protocol::icmp) return rewrite_echo_identifier(packet, port);
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
/// is the identifier; of other ICMP it is ignored. Header and parser fields change together.
/// @pre parsed as a message.
inline void rewrite_destination(Packet& packet, Ipv4Address to, PortNumber port) noexcept {
  auto& ip = packet.header_at<Ipv4Header>(packet.l3);
  auto& ports = packet.header_at<UdpHeader>(packet.l4);
  packet.destination = to;
  if (packet.protocol != Protocol::icmp) packet.destination_port = port;
  detail::rewrite_end(packet, ip.destination, to, ports.destination_port, port);
}

/// Lets the packet come from another address and port; as rewrite_destination.
/// @pre parsed as a message.
inline void rewrite_source(Packet& packet, Ipv4Address from, PortNumber port) noexcept {
  auto& ip = packet.header_at<Ipv4Header>(packet.l3);
  auto& ports = packet.header_at<UdpHeader>(packet.l4);
  packet.source = from;
  if (packet.protocol != Protocol::icmp) packet.source_port = port;
  detail::rewrite_end(packet, ip.source, from, ports.source_port, port);
}

/// @pre the frame has a whole Ethernet header.
inline void rewrite_macs(Packet& packet, const MacAddress& source,
                         const MacAddress& destination) noexcept {
  auto& ethernet = packet.header_at<EthernetHeader>(0);
  ethernet.destination = destination;
  ethernet.source = source;
}

/// Overwrites `bytes.size()` bytes of a TCP segment's payload, from `offset_in_payload` on. Meant
/// for a few bytes, such as the digits of the port that an rsh announces.
/// @pre parsed as a TCP message; the bytes lie within payload_bytes().
inline void replace_payload_bytes(Packet& packet, std::uint16_t offset_in_payload,
                                  std::span<const std::byte> bytes) noexcept {
  assert(packet.protocol == Protocol::tcp);
  assert(offset_in_payload + bytes.size() <= packet.payload_bytes().size());
  const auto replaced = packet.payload_bytes().subspan(offset_in_payload, bytes.size());
  // A TCP header is whole words long, so a byte's place in its checksummed word is the parity of
  // its offset in the payload.
  const auto as_word = [](std::byte value, std::size_t offset) {
    const auto number = std::to_integer<std::uint16_t>(value);
    return Be16(static_cast<std::uint16_t>(offset % 2 == 0 ? number << 8 : number));
  };
  ChecksumDelta delta;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    delta.change(as_word(replaced[i], offset_in_payload + i),
                 as_word(bytes[i], offset_in_payload + i));
  }
  std::copy(bytes.begin(), bytes.end(), replaced.begin());
  auto& tcp = packet.header_at<TcpHeader>(packet.l4);
  tcp.checksum = delta.apply(tcp.checksum);
}

}  // namespace encluster::net
