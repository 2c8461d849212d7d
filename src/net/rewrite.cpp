#include "net/rewrite.hpp"

#include "net/icmp_quote.hpp"

namespace encluster::net::detail {

namespace {

/// Gives an echo another identifier. Its checksum covers no address.
void rewrite_echo_identifier(Packet& packet, PortNumber identifier) noexcept {
  auto& icmp = packet.header_at<IcmpHeader>(packet.l4);
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

}  // namespace

void rewrite_icmp_destination(Packet& packet, Ipv4Address to, PortNumber port) noexcept {
  const auto& icmp = packet.header_at<IcmpHeader>(packet.l4);
  if (icmp.is_echo()) return rewrite_echo_identifier(packet, port);
  if (icmp.is_error()) rewrite_quoted_source(packet, to, port);
}

void rewrite_icmp_source(Packet& packet, Ipv4Address from, PortNumber port) noexcept {
  const auto& icmp = packet.header_at<IcmpHeader>(packet.l4);
  if (icmp.is_echo()) return rewrite_echo_identifier(packet, port);
  if (icmp.is_error()) rewrite_quoted_destination(packet, from, port);
}

}  // namespace encluster::net::detail
