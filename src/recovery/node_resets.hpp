// Ends the connections of nodes that died.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "datapath/worker_group.hpp"
#include "encluster/types.hpp"

namespace encluster::recovery {

/// Has the workers forget a dead node's connections, so that their remotes see a RST. Several nodes
/// wait for each other: a worker does this for one at a time. Control thread only.
class NodeResets {
 public:
  /// No worker has a connection of the node any more. @param connections how many there were
  using Done = std::function<void(NodeId, std::uint32_t connections)>;

  /// @param workers outlives this object; nobody else sends them ResetNode
  NodeResets(datapath::WorkerGroup& workers, Done done);

  void reset(NodeId node);
  /// Goes on where workers had no room for the command. Called whenever events were polled.
  void poll();

 private:
  datapath::WorkerGroup& workers_;
  Done done_;
  std::deque<NodeId> waiting_;
  bool under_way_ = false;
};

}  // namespace encluster::recovery
