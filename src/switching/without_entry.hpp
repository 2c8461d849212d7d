// Connections that the table has no room for: their node is a function of addresses and ports.
//
// Only remotes' TCP connections to services with a routing function live like this, and only until
// the node's answer shows that the handshake is over: then they get an entry like any other
// (docs/decisions/0009).
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// Inbound: gives a remote's SYN, or a later segment without an entry, its node. A SYN gets an
/// entry as long as there is room; without, it begins a flood. False if the service's function has
/// to decide. @pre the table has no entry for the packet
[[nodiscard]] bool route_by_hash(Packet& packet, const SwitchEntry& entry,
                                 BurstContext& context) noexcept;

/// As route_by_hash, but only during a flood.
[[nodiscard]] bool route_without_entry(Packet& packet, const SwitchEntry& entry,
                                       BurstContext& context) noexcept;

/// Outbound, during a flood: of a node's segment that has no entry, whether the node may send it.
/// Makes the entry if the segment shows that the handshake is over.
/// @pre the packet is TCP, and no SYN that opens a connection
/// @return none or not_owner
[[nodiscard]] DropReason settle_without_entry(const Packet& packet, BurstContext& context) noexcept;

}  // namespace encluster::switching
