// Datagrams that are larger than the next link carries.
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

[[nodiscard]] inline bool is_too_big(const Packet& packet, std::uint16_t mtu) noexcept {
  return packet.end - packet.l3 > mtu;
}

/// Refuses what must not be fragmented: its sender is told the MTU (RFC 1191), unless it may not be
/// answered. @return false if it may be fragmented, and nothing happened
/// @pre addresses are as they were received
[[nodiscard]] bool refuse_too_big(Packet& packet, std::uint16_t mtu,
                                  const BurstContext& context) noexcept;

/// Divides the datagram: the packet becomes the first piece, the others are emitted, pending, with
/// the same `egress` and `next_hop`. @return the others; the packet has its verdict if it must not be
/// fragmented, or there was no buffer or no room. @pre is_too_big, and as it will leave but for MACs
[[nodiscard]] std::span<Packet> split(Packet& packet, std::uint16_t mtu,
                                      BurstContext& context) noexcept;

}  // namespace encluster::switching
