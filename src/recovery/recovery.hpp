// From the start of the gateway until its nodes have told which connections they have
// (docs/decisions/0012).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>

#include "agent_protocol/messages.hpp"
#include "encluster/types.hpp"
#include "recovery/restorer.hpp"

namespace encluster::recovery {

/// Control thread only. It ends once. What nodes report later is recorded as well: an agent tells
/// whenever it joins.
class Recovery {
 public:
  struct Summary {
    std::size_t nodes = 0;  ///< that have reported
    Restored restored;
    std::set<NodeId> missing;  ///< that were awaited in vain
  };
  using Ended = std::function<void(const Summary&)>;

  /// @param awaited at least one
  /// @param restorer outlives this object
  Recovery(Restorer& restorer, std::set<NodeId> awaited, Ended ended);

  /// A part of what the node has.
  void report(NodeId node, const agent_protocol::Sockets& sockets);
  /// The node died, as far as can be seen, or is none any more: what it has nobody can use.
  void lost(NodeId node);
  /// Nobody is awaited any longer.
  void give_up();

  [[nodiscard]] bool is_over() const noexcept { return over_; }
  [[nodiscard]] bool awaits(NodeId node) const { return awaited_.contains(node); }
  [[nodiscard]] const std::set<NodeId>& awaited() const noexcept { return awaited_; }

 private:
  struct Reporting {
    std::size_t parts = 0;  ///< not yet in the tables
    bool told_all = false;
  };

  void settled(NodeId node, const Restored& restored);
  void end_if_complete();

  Restorer& restorer_;
  std::set<NodeId> awaited_;
  Ended ended_;
  std::map<NodeId, Reporting> reporting_;
  Summary summary_;
  bool over_ = false;
};

}  // namespace encluster::recovery
