// Telling a node that its packet will not be sent.
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// Turns a node's packet into a RST (TCP) or an ICMP port unreachable (UDP) that goes back to it;
/// what must not be answered is dropped. Either way `reason` is counted.
void refuse(Packet& packet, DropReason reason, const BurstContext& context) noexcept;

}  // namespace encluster::switching
