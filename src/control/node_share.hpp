// How much of the new sessions a node gets: what an operator changes at run time.
#pragma once

#include <cstdint>
#include <optional>

#include "encluster/types.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::control {

struct NodeShare {
  std::uint16_t weight = 1;  ///< 0: no new sessions
  bool draining = false;     ///< keeps its sessions, gets no new ones

  friend bool operator==(const NodeShare&, const NodeShare&) = default;
};

/// Of a node, the gateway included; nothing if there is no such node.
[[nodiscard]] std::optional<NodeShare> share_of(const switching::ClusterState& state, NodeId node);

/// Nothing happens if there is no such node.
void set_share(switching::ClusterState& state, NodeId node, const NodeShare& share);

}  // namespace encluster::control
