// What an ICMP error says of the packet that caused it (RFC 792; RFC 1812, section 4.3.2.3).
#pragma once

#include <cstdint>
#include <optional>

#include "encluster/packet.hpp"

namespace encluster::net {

/// The ends of a quoted message. Nothing is known but what anybody may have written: who uses it
/// looks up whether such a message can have been sent.
struct IcmpQuote {
  std::uint16_t l3 = 0;   ///< offset of the quoted IP header in the frame
  std::uint16_t l4 = 0;   ///< offset of the quoted transport header
  std::uint16_t end = 0;  ///< offset after the last quoted byte; at least 8 after `l4`
  Ipv4Address source;
  Ipv4Address destination;
  Protocol protocol{};
  PortNumber source_port;  ///< of an echo the identifier, in both
  PortNumber destination_port;
};

/// Finds the message that an error quotes: IPv4, TCP, UDP or ICMP echo, not a later fragment, with
/// at least 8 bytes behind the IP header. Its lengths and checksums are not believed.
/// @pre parsed as an ICMP message of a type that quotes.
[[nodiscard]] std::optional<IcmpQuote> find_quote(const Packet& error) noexcept;

/// Lets the quoted message come from (go to) another address and port, and adjusts its checksums as
/// far as they are quoted, and the error's own (RFC 1624). Nothing happens without a quote.
/// @pre as find_quote.
void rewrite_quoted_source(Packet& error, Ipv4Address from, PortNumber port) noexcept;
void rewrite_quoted_destination(Packet& error, Ipv4Address to, PortNumber port) noexcept;

}  // namespace encluster::net
