// The first stage: parse a frame, and judge whether its addresses can be what they say.
#pragma once

#include <span>

#include "switching/burst_context.hpp"
#include "switching/gather.hpp"

namespace encluster::switching {

/// From an external network. Accepts messages to this network's cluster address; hands ARP,
/// broadcast and multicast to the local stack; drops the rest by name. What is left is pending.
/// Fragments are gathered, here and below; the first of a datagram is admitted as a message.
void admit_from_network(std::span<Packet> burst, PacketList& admitted, Gathering& fragments,
                        BurstContext& context) noexcept;

/// From the interconnect. Sorts nodes' messages into those to remotes (`network` and `next_hop` of
/// their route are set) and those to the cluster itself. `node` is the sender.
void admit_from_interconnect(std::span<Packet> burst, PacketList& to_remotes,
                             PacketList& to_cluster, Gathering& fragments,
                             BurstContext& context) noexcept;

/// From the gateway's own kernel. What it may send as it is gets its verdict here; what shares the
/// cluster's ports with the nodes is left pending in `claiming`. `node` is the gateway.
void admit_from_local(std::span<Packet> burst, PacketList& claiming, Gathering& fragments,
                      BurstContext& context) noexcept;

}  // namespace encluster::switching
