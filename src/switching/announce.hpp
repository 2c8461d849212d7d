// The third outbound stage: ports that rsh and rexec announce for their second connection.
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// Follows nodes' sessions to rshd and rexecd: notes which node awaits a connection, and replaces
/// the announced digits where another node awaits one from the same remote at the same port.
/// @pre claim() settled the cluster's port of every pending packet.
void announce(PacketList& packets, BurstContext& context) noexcept;

}  // namespace encluster::switching
