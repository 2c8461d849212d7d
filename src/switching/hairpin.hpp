// A node addresses the cluster: out and in again, without leaving.
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// Routes nodes' messages to a cluster address. What is the local stack's goes there unchanged;
/// what another node's is gets the cluster address it was sent to as its source, its port claimed
/// as towards a remote, and is then routed as inbound. Afterwards a packet is pending with `node`
/// and `rewritten_port` set, or has a verdict.
/// @pre `node` and `network` of every packet are set.
void hairpin(PacketList& packets, BurstContext& context) noexcept;

}  // namespace encluster::switching
