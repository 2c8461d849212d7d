// Which leases are services that nodes offer by themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "control/leases.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// A version of an RPC program that is a node's service: the portmapper is to tell the port.
struct ToldProgram {
  agent_protocol::RpcVersion what;
  agent_protocol::LeasedPort port;

  friend auto operator<=>(const ToldProgram&, const ToldProgram&) = default;
};

/// A service of a node is a lease of its port with a name: unique, and the node's alone, as every
/// lease. What differs is that no command ends with it. So nobody has to wait for a fence where its
/// node is dead, and a port that is a command's is never a service's.
///
/// RPC programs may answer there. A version of a program is to be had from the cluster once over
/// each protocol, as from one host: from the node that came first. Where that moves it to another
/// port, the new one counts. Control thread only.
class ServiceRows {
 public:
  using LeasedPort = agent_protocol::LeasedPort;
  using RpcVersion = agent_protocol::RpcVersion;
  using RpcVersions = agent_protocol::RpcVersions;

  /// The portmapper's list is one, whatever the number of nodes, and is searched from its
  /// beginning.
  static constexpr std::size_t kMaxTold = 1024;

  struct Row {
    NodeId node;
    std::string name;
    RpcVersions programs{};
  };
  /// Whether the portmapper may tell of a node's program.
  using MayTell = std::function<bool(NodeId, std::uint32_t program)>;

  /// In the place of what was there. Its programs become the node's where no other node has them.
  void add(const LeasedPort& port, Row row, const MayTell& may_tell);
  /// The port is free, or an ordinary lease.
  void remove(const LeasedPort& port);
  /// @return what the node had
  std::map<LeasedPort, Row> remove_all(NodeId node);
  /// Forgets those that are no leases of their nodes any more.
  void keep_only(const Leases::Ports& leases);

  [[nodiscard]] bool has(NodeId node, const LeasedPort& port) const;
  /// The name of a node's service; empty if there is none.
  [[nodiscard]] std::string name_of(NodeId node, const LeasedPort& port) const;
  [[nodiscard]] std::size_t count(NodeId node) const;
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] std::vector<std::pair<NodeId, LeasedPort>> all() const;

  /// The node whose service one of these programs is already, if it is another one.
  [[nodiscard]] std::optional<NodeId> rival(NodeId node, Protocol protocol,
                                            const RpcVersions& programs,
                                            const MayTell& may_tell) const;
  /// Versions of programs of the node's services but the one at this port.
  [[nodiscard]] std::size_t programs_beside(NodeId node, const LeasedPort& port) const;
  /// Gives programs that became free to who still has them, and takes away what may not be told any
  /// more. @return what the portmapper is to tell, rising, at most kMaxTold; nothing if that is
  /// what was returned last
  [[nodiscard]] std::optional<std::vector<ToldProgram>> settle(const MayTell& may_tell);

  /// A request was refused. Agents ask again and again: @return whether this says something new
  bool note_refusal(NodeId node, const LeasedPort& port, agent_protocol::ServiceResult reason);
  /// Refused requests since the start.
  [[nodiscard]] std::uint64_t refusals() const noexcept { return refusals_; }

 private:
  using Rows = std::map<LeasedPort, Row>;
  /// A version of a program over a protocol, and the port of whose it is: one of rows_.
  using Owners = std::map<std::pair<RpcVersion, Protocol>, LeasedPort>;

  void disown(const Rows::value_type& row);

  Rows rows_;
  Owners owners_;
  std::vector<ToldProgram> told_;
  /// What a node heard last about a port; at most kMaxServices of a node.
  std::map<std::pair<NodeId, LeasedPort>, agent_protocol::ServiceResult> refused_;
  std::uint64_t refusals_ = 0;
};

}  // namespace encluster::control
