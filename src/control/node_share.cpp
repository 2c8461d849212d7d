#include "control/node_share.hpp"

#include <algorithm>

namespace encluster::control {

using switching::ClusterState;
using switching::NodeState;

std::optional<NodeShare> share_of(const ClusterState& state, NodeId node) {
  if (node.is_gateway()) return NodeShare{state.gateway_weight, state.gateway_draining};
  const auto found = std::ranges::find(state.nodes, node, &NodeState::id);
  if (found == state.nodes.end()) return std::nullopt;
  return NodeShare{found->weight, found->draining};
}

void set_share(ClusterState& state, NodeId node, const NodeShare& share) {
  if (node.is_gateway()) {
    state.gateway_weight = share.weight;
    state.gateway_draining = share.draining;
    return;
  }
  const auto found = std::ranges::find(state.nodes, node, &NodeState::id);
  if (found == state.nodes.end()) return;
  found->weight = share.weight;
  found->draining = share.draining;
}

}  // namespace encluster::control
