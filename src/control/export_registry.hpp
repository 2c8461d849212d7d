// What the cluster exports, as its nodes' agents find it: makes it current, keeps it, and says what
// collides.
#pragma once

#include <functional>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "control/cluster_exports.hpp"
#include "control/configuration.hpp"
#include "control/export_book.hpp"
#include "control/log.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// Control thread only.
class ExportRegistry {
 public:
  struct Hooks {
    /// Makes these exports current before it returns; throws, and changes nothing, if it cannot.
    std::function<void(const ClusterExports&)> publish;
    /// To the node's agent, if there is one.
    std::function<void(NodeId, const agent_protocol::ExportsAnswer&)> tell;
    /// The same, of what the cluster exports.
    std::function<void(NodeId, const std::vector<agent_protocol::Tree>&)> tell_tree;
  };

  /// Reads the book, if agents are served. Calls no hook.
  /// @param log outlives this object
  ExportRegistry(const Configuration& configuration, Hooks hooks, Logger& log);

  /// Another configuration is current, with exports_under() it.
  void reconfigure(const Configuration& configuration);
  [[nodiscard]] ClusterExports exports_under(const Configuration& next) const {
    return cluster_exports(next, book_);
  }

  /// An agent has joined: it does not know what the cluster exports.
  void welcomed(NodeId node) const { hooks_.tell_tree(node, tree_); }
  /// What a node's agent has told. It is answered.
  void note(NodeId node, const agent_protocol::Exports& told);

  [[nodiscard]] const ClusterExports& current() const noexcept { return current_; }

 private:
  void save();
  /// False, and the exports are as before, if the next could not be made current.
  [[nodiscard]] bool publish(const ClusterExports& next);
  void adopt(ClusterExports next);
  /// From current_ to the next.
  void log_changes(const ClusterExports& next) const;
  void log_refused(NodeId node, const agent_protocol::RefusedExport& refused) const;
  void log_settled(NodeId node, const agent_protocol::RefusedExport& refused) const;
  void answer(NodeId node) const;
  [[nodiscard]] std::vector<agent_protocol::Tree> tree_of_cluster() const;

  const Configuration* configuration_;  ///< the current one: reconfigure() comes before it ends
  Hooks hooks_;
  Logger& log_;
  ExportBook book_;
  ClusterExports current_;
  std::vector<agent_protocol::Tree> tree_;  ///< as told
};

}  // namespace encluster::control
