// ICMP errors go where an answer to the message that they quote would go: the ends of the quote
// decide, not the outer source, which may be any router.
#pragma once

#include <optional>

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// The message that its receiver would have answered instead of the error: from the quoted
/// destination to the quoted source. Only ends, protocol and what the error's way so far has told
/// (origin, network, sender) are set; there is no such frame. Nothing if there is no sound quote.
[[nodiscard]] std::optional<Packet> answer_to_quote(const Packet& error) noexcept;

/// An error that a remote or a router sent to the cluster: finds the node that sent the quoted
/// message, as route() would. `node` and `rewritten_port` (the node's own) are set, or the error
/// has its verdict. Where several nodes may have sent it, each gets a copy.
void route_error(Packet& error, BurstContext& context) noexcept;

}  // namespace encluster::switching
