// The last stage: rewrite addresses, find the next hop, and give the final verdict.
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// To `packet.node`, at `rewritten_port`; node 0 is the local stack. Inbound and hairpin.
void deliver_to_node(Packet& packet, BurstContext& context) noexcept;

/// To the remote, from the cluster address of `packet.network` and `rewritten_port`.
/// @pre `next_hop` is set.
void deliver_to_remote(Packet& packet, BurstContext& context) noexcept;

/// What the gateway's kernel sent to a remote: addresses are right already, a port may have been
/// renumbered.
void deliver_from_local(Packet& packet, BurstContext& context) noexcept;

/// Fills in the MAC addresses towards `egress` and `next_hop` and forwards, or holds the packet
/// until the kernel has resolved the next hop. Divides it if it is larger than the MTU there.
void resolve(Packet& packet, BurstContext& context) noexcept;

}  // namespace encluster::switching
