// The one road by which the cluster changes: edit the state, compile a snapshot, publish it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/cluster_exports.hpp"
#include "control/node_share.hpp"
#include "control/slow_start.hpp"
#include "switching/cluster_state.hpp"
#include "switching/compile_snapshot.hpp"

namespace encluster::control {

/// Owns the ClusterState. Control thread only. Whatever fails to compile changes nothing: state and
/// published snapshot stay as they were, and the caller is told.
class ClusterController {
 public:
  using Publish = std::function<void(std::unique_ptr<const switching::Snapshot>)>;
  using Clock = std::function<SlowStart::Time()>;

  /// Compiles the first snapshot, which first_snapshot() gives away.
  /// @throws switching::CompileError
  ClusterController(switching::ClusterState state, switching::PluginRegistry plugins,
                    std::size_t workers, Clock now = std::chrono::steady_clock::now);

  /// @pre called once, before anything else.
  [[nodiscard]] std::unique_ptr<const switching::Snapshot> first_snapshot();
  /// Where later snapshots go. They take effect with the call.
  void publish_to(Publish publish) { publish_ = std::move(publish); }

  /// What the kernel knows. Nothing is published if nothing changed.
  void set_kernel_view(std::vector<switching::Route> routes,
                       std::vector<switching::Neighbour> neighbours);
  /// Nodes that do not exist are ignored: the news may be older than a reload.
  void set_node_up(NodeId node, bool up);
  /// Of any node, the gateway included. Nothing is published if nothing changed.
  /// @throws switching::CompileError
  void set_node_share(NodeId node, const NodeShare& share);
  /// Nothing is published if nothing changed. @throws switching::CompileError
  void set_leases(std::vector<switching::LeaseState> leases);
  /// What the cluster exports, and where nodes' mountd are. @throws switching::CompileError
  void set_exports(const ClusterExports& exports);
  /// Where the gateway tells MOUNT's lists (ClusterView). Nothing is published if nothing changed.
  /// @throws switching::CompileError
  void set_mount_lists_port(PortNumber port);
  /// What agents report, at most once a second. Published only if a service wants to know, and if
  /// it says something new (node_loads.hpp).
  void set_loads(const std::vector<switching::NodeLoad>& reported);
  /// Nodes that rise (slow_start.hpp) are further than before. Called about once a second.
  void advance();
  /// Whether connections are missing that nodes have (ClusterState::recovering).
  void set_recovering(bool recovering);
  /// Takes over another configuration's cluster and leases; what was learnt at run time (MAC
  /// addresses, routes, neighbours, loads, which nodes are up) stays.
  /// @throws switching::CompileError
  void reload(switching::ClusterState next);

  [[nodiscard]] const switching::ClusterState& state() const noexcept { return state_; }
  /// Why the last change was not taken over; empty if it was.
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

 private:
  void replace(switching::ClusterState next);

  switching::ClusterState state_;
  switching::SnapshotCompiler compiler_;
  Clock now_;
  SlowStart slow_start_;
  std::unique_ptr<const switching::Snapshot> first_;
  Publish publish_;
  std::string refusal_;
};

}  // namespace encluster::control
