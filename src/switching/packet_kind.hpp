// Questions that several stages ask of a parsed packet.
#pragma once

#include "encluster/packet.hpp"
#include "net/headers.hpp"

namespace encluster::switching {

/// A SYN that is no answer to one.
[[nodiscard]] inline bool is_new_connection(const Packet& packet) noexcept {
  return packet.protocol == Protocol::tcp &&
         (packet.tcp_flags & (tcp_flag::syn | tcp_flag::ack)) == tcp_flag::syn;
}

/// @pre protocol is ICMP.
[[nodiscard]] inline std::uint8_t icmp_type_of(const Packet& packet) noexcept {
  return packet.header_at<net::IcmpHeader>(packet.l4).type;
}

/// Errors quote the packet that caused them (RFC 792). @pre protocol is ICMP.
[[nodiscard]] inline bool is_icmp_error(const Packet& packet) noexcept {
  return packet.header_at<net::IcmpHeader>(packet.l4).is_error();
}

}  // namespace encluster::switching
