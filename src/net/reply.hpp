// Replies built in place of the packet they answer. No allocation; the frame is final afterwards.
#pragma once

#include <cstddef>
#include <span>

#include "encluster/packet.hpp"

namespace encluster::net {

/// Turns a TCP segment into the RST that answers it (RFC 9293, section 3.5.2): addresses, ports and
/// MAC addresses swapped, options and payload cut, checksums and parser fields new. Not padded to
/// Ethernet's 60 bytes: that is the device's part.
/// @pre parsed as a TCP message. @return false (packet unchanged) if the packet must not be
/// answered: a RST, or to or from what is no single host (RFC 9293, MUST-57; RFC 1122).
[[nodiscard]] bool turn_into_reset(Packet& packet) noexcept;

/// Turns a datagram into an ICMP destination-unreachable with `code`, sent by `from`, quoting the
/// IP header and the first 8 bytes after it (RFC 792). Parser fields are those of the new message.
/// @param next_mtu in bytes of IP, of the link that a datagram was too big for (RFC 1191); else 0
/// @pre parsed as a message or its first fragment. @return false (packet unchanged) if the buffer
/// is too small, or the packet must not be answered: ICMP other than echo, which may be an error;
/// to or from what is no single host (RFC 1122, section 3.2.2).
[[nodiscard]] bool turn_into_unreachable(Packet& packet, std::uint8_t code, Ipv4Address from,
                                         std::uint16_t next_mtu = 0) noexcept;

/// Turns a datagram into a whole one back to its sender, with this payload: addresses, ports and
/// MAC addresses swapped, IP options cut, checksums and parser fields new.
/// @pre parsed as a UDP message or its first fragment; `payload` is not part of the packet.
/// @return false (packet unchanged) if the buffer is too small, or the packet must not be answered:
/// to or from what is no single host, or from port 0, or its checksum is wrong (of a fragment that
/// cannot be known).
[[nodiscard]] bool turn_into_datagram(Packet& packet, std::span<const std::byte> payload) noexcept;

/// A TCP segment without payload, to be written into an empty buffer.
struct BareSegment {
  MacAddress source_mac;
  MacAddress destination_mac;
  Ipv4Address source;
  Ipv4Address destination;
  PortNumber source_port;
  PortNumber destination_port;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint16_t window = 0;  ///< bytes, unscaled; a RST needs none
  std::uint8_t flags = 0;    ///< of tcp_flag
};

inline constexpr std::uint16_t kBareSegmentBytes = 54;

/// Writes Ethernet, IP and TCP headers, and sets the packet's parser fields and length.
/// @pre packet.capacity >= kBareSegmentBytes.
void write_segment(Packet& packet, const BareSegment& segment) noexcept;

}  // namespace encluster::net
