// Which leases are services that nodes offer by themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "control/leases.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// A service of a node is a lease of its port with a name: unique, and the node's alone, as every
/// lease. What differs is that no command ends with it. So nobody has to wait for a fence where its
/// node is dead, and a port that is a command's is never a service's. Control thread only.
class ServiceRows {
 public:
  using LeasedPort = agent_protocol::LeasedPort;

  void add(const LeasedPort& port, NodeId node, std::string name) {
    rows_[port] = {node, std::move(name)};
    refused_.erase({node, port});
  }
  /// The port is free, or an ordinary lease.
  void remove(const LeasedPort& port) { rows_.erase(port); }
  /// @return what the node had
  std::map<LeasedPort, std::string> remove_all(NodeId node);
  /// Forgets those that are no leases of their nodes any more.
  void keep_only(const Leases::Ports& leases);

  [[nodiscard]] bool has(NodeId node, const LeasedPort& port) const;
  /// The name of a node's service; empty if there is none.
  [[nodiscard]] std::string name_of(NodeId node, const LeasedPort& port) const;
  [[nodiscard]] std::size_t count(NodeId node) const;
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] std::vector<std::pair<NodeId, LeasedPort>> all() const;

  /// A request was refused. Agents ask again and again: @return whether this says something new
  bool note_refusal(NodeId node, const LeasedPort& port, agent_protocol::ServiceResult reason);
  /// Refused requests since the start.
  [[nodiscard]] std::uint64_t refusals() const noexcept { return refusals_; }

 private:
  struct Row {
    NodeId node;
    std::string name;
  };
  std::map<LeasedPort, Row> rows_;
  /// What a node heard last about a port; at most kMaxServices of a node.
  std::map<std::pair<NodeId, LeasedPort>, agent_protocol::ServiceResult> refused_;
  std::uint64_t refusals_ = 0;
};

}  // namespace encluster::control
