#include "control/cluster_controller.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "control/node_loads.hpp"

namespace encluster::control {

using switching::ClusterState;
using switching::NodeLoad;
using switching::NodeState;

ClusterController::ClusterController(ClusterState state, switching::PluginRegistry plugins,
                                     std::size_t workers, Clock now)
    : state_(std::move(state)),
      compiler_(std::move(plugins), workers),
      now_(std::move(now)),
      first_(compiler_.compile(state_)) {}

std::unique_ptr<const switching::Snapshot> ClusterController::first_snapshot() {
  return std::move(first_);
}

void ClusterController::replace(ClusterState next) {
  SlowStart slow_start = slow_start_;
  next.rising = slow_start.follow(state_, next, now_());
  std::unique_ptr<const switching::Snapshot> snapshot;
  try {
    snapshot = compiler_.compile(next);
  } catch (const std::exception& problem) {
    refusal_ = problem.what();
    throw;
  }
  refusal_.clear();
  state_ = std::move(next);
  slow_start_ = std::move(slow_start);
  if (publish_) publish_(std::move(snapshot));
}

void ClusterController::set_kernel_view(std::vector<switching::Route> routes,
                                        std::vector<switching::Neighbour> neighbours) {
  if (routes == state_.routes && neighbours == state_.neighbours) return;
  ClusterState next = state_;
  next.routes = std::move(routes);
  next.neighbours = std::move(neighbours);
  replace(std::move(next));
}

void ClusterController::set_node_up(NodeId node, bool up) {
  ClusterState next = state_;
  const auto found = std::ranges::find(next.nodes, node, &NodeState::id);
  if (found == next.nodes.end() || found->up == up) return;
  found->up = up;
  replace(std::move(next));
}

void ClusterController::set_node_share(NodeId node, const NodeShare& share) {
  if (share_of(state_, node) == share) return;
  ClusterState next = state_;
  set_share(next, node, share);
  replace(std::move(next));
}

void ClusterController::set_leases(std::vector<switching::LeaseState> leases) {
  if (leases == state_.leases) return;
  ClusterState next = state_;
  next.leases = std::move(leases);
  replace(std::move(next));
}

void ClusterController::set_exports(const ClusterExports& exports) {
  ClusterState next = state_;
  exports.apply_to(next);
  replace(std::move(next));
}

void ClusterController::set_mount_lists_port(PortNumber port) {
  if (port == state_.mount_lists_port) return;
  ClusterState next = state_;
  next.mount_lists_port = port;
  replace(std::move(next));
}

void ClusterController::set_loads(const std::vector<NodeLoad>& reported) {
  const bool wanted = wants_loads(state_);
  auto loads = changed_loads(state_.loads, wanted ? reported : std::vector<NodeLoad>());
  if (!loads) return;
  ClusterState next = state_;
  next.loads = std::move(*loads);
  replace(std::move(next));
}

void ClusterController::advance() {
  if (state_.rising.empty()) return;
  if (SlowStart(slow_start_).follow(state_, state_, now_()) != state_.rising) replace(state_);
}

void ClusterController::set_recovering(bool recovering) {
  if (recovering == state_.recovering) return;
  ClusterState next = state_;
  next.recovering = recovering;
  replace(std::move(next));
}

void ClusterController::reload(ClusterState next) {
  for (std::size_t i = 0; i < std::min(next.networks.size(), state_.networks.size()); ++i) {
    next.networks[i].mac = state_.networks[i].mac;
  }
  next.interconnect.mac = state_.interconnect.mac;
  next.routes = state_.routes;
  next.neighbours = state_.neighbours;
  next.recovering = state_.recovering;
  next.mount_lists_port = state_.mount_lists_port;
  next.loads = state_.loads;
  for (NodeState& node : next.nodes) {
    const auto before = std::ranges::find(state_.nodes, node.id, &NodeState::id);
    if (before != state_.nodes.end() && before->address == node.address) node.up = before->up;
  }
  replace(std::move(next));
}

}  // namespace encluster::control
