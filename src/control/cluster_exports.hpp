// What the cluster exports: what its configuration says, and what its nodes have found.
#pragma once

#include <map>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "control/configuration.hpp"
#include "control/export_book.hpp"
#include "encluster/routing_function.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::control {

struct ClusterExports {
  std::vector<ExportConfig> exports;
  std::vector<NodePort>
      mount_ports;  ///< of nodes whose agents told it, and where none is configured
  /// What of the nodes' exports is not used, or not safe to use. No node without any.
  std::map<NodeId, std::vector<agent_protocol::RefusedExport>> refused;

  /// Makes them those of the cluster.
  void apply_to(switching::ClusterState& state) const;

  friend bool operator==(const ClusterExports&, const ClusterExports&) = default;
};

/// Adds to the configuration's exports the keys that their nodes have found, and other exports
/// where `allow` of `agents` has them. The configuration goes before the book, and what was booked
/// first before what came later: a key is of one export alone.
[[nodiscard]] ClusterExports cluster_exports(const Configuration& configuration,
                                             const ExportBook& book);

}  // namespace encluster::control
