// The second inbound stage: which node is a message for? (paper: "The Encapsulated Cluster")
//
//   a switch entry        without function -> its node
//                         with function    -> the known connection's node, else the function's
//   a dynamic port        -> the node whose slice it is
//   a known connection    -> its node (class E, learnt UDP ports, echo)
//   an announced one      -> the node that awaits it
//   an ICMP error         -> where an answer to what it quotes would go
//   anything else         -> the gateway's own kernel
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

enum class Sender : std::uint8_t { remote, node };

/// Decides for every pending packet of the list. Afterwards it is still pending, with `node` and
/// `rewritten_port` set, or has a verdict (answer, drop, copy). Node 0 means the local stack.
/// Packets of nodes (hairpin) arrive with their source rewritten to the cluster's.
void route(PacketList& packets, Sender sender, BurstContext& context) noexcept;

}  // namespace encluster::switching
