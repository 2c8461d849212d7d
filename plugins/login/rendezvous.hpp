// Which node, by a hash alone: the choice where there is no room to remember one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "encluster/routing_function.hpp"

namespace encluster::login {

/// Weighted rendezvous hashing (Thaler, Ravishankar 1998; weights as Schindelhauer, Schomaker
/// 2005): every candidate draws a number from the hash and its own identifier, and the best one
/// wins. Shares follow the weights, and a candidate that comes or goes moves its own share only.
///
/// @param hash keyed, or remotes choose their node
/// @return nothing if no candidate takes new sessions
[[nodiscard]] std::optional<NodeId> rendezvous(std::uint64_t hash,
                                               std::span<const NodeId> candidates,
                                               std::span<const NodeStatus> nodes) noexcept;

}  // namespace encluster::login
