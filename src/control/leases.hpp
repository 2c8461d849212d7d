// Which node holds which port alone (the paper's "Managing Cluster Ports and
// Connections").
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "encluster/types.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::control {

/// 700/udp
[[nodiscard]] std::string to_text(const agent_protocol::LeasedPort& port);

/// The ports that nodes hold, by their asking. Control thread only; knows neither clock nor
/// sockets.
///
/// A lease exists from the moment that it is asked for; whoever asks tells the agent so only after
/// a snapshot with it is current. It ends by release, by a join that does not name it, by a change
/// of the configuration, or some time after its node died: an agent that the gateway does not hear
/// goes on believing in its leases for a while, and until that is over nobody else may have them.
class Leases {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using LeasedPort = agent_protocol::LeasedPort;
  using LeaseResult = agent_protocol::LeaseResult;
  using Ports = std::map<LeasedPort, NodeId>;
  /// Whether a port may be leased at all: none of a slice, none of a configured service.
  using Leasable = std::function<bool(const LeasedPort&)>;

  struct Limits {
    /// Longer than an agent that hears nothing goes on believing in its leases.
    std::chrono::milliseconds quarantine{20'000};
    std::size_t of_a_node = agent_protocol::kMaxLeases;
  };

  Leases(Limits limits, Leasable leasable) : limits_(limits), leasable_(std::move(leasable)) {}

  /// The node's agent joined, and says which ports the node goes on using. Others that were leased
  /// to it are free from now on; those that can be become, or stay, the node's.
  void join(NodeId node, const std::vector<LeasedPort>& held, Time now);
  [[nodiscard]] LeaseResult request(NodeId node, const LeasedPort& port, Time now);
  /// Nothing happens if the node does not have it.
  void release(NodeId node, const LeasedPort& port);

  /// The node is dead, as far as can be seen: its leases are in quarantine from now on.
  void lose(NodeId node, Time now);
  /// The node's agent is about to be answered, so that it may believe in its leases for longer: a
  /// quarantine begins anew.
  void heard(NodeId node, Time now);
  /// The node lives, and so does its agent: no quarantine any more.
  void find(NodeId node);
  /// Whether expire() would free anything.
  [[nodiscard]] bool has_expired(Time now) const;
  /// Frees what was in quarantine for long enough.
  void expire(Time now);

  /// Under another configuration: leases of other nodes than these, and of ports that cannot be
  /// leased any more, end. @return the nodes that lost leases
  std::set<NodeId> reconfigure(Leasable leasable, const std::set<NodeId>& nodes);
  /// Takes back what happened since all() was this.
  void restore(Ports ports);

  [[nodiscard]] const Ports& all() const noexcept { return ports_; }
  /// The same, as the cluster's state has them.
  [[nodiscard]] std::vector<switching::LeaseState> rows() const;
  /// Who leased the port last, for a refusal to name.
  [[nodiscard]] std::optional<NodeId> owner(const LeasedPort& port) const;
  [[nodiscard]] std::size_t count(NodeId node) const;
  [[nodiscard]] std::size_t in_quarantine() const;

 private:
  template <typename Condition>
  void end_if(Condition condition);

  Limits limits_;
  Leasable leasable_;
  Ports ports_;
  std::map<NodeId, std::size_t> counts_;  ///< of ports_; no zeros
  std::map<NodeId, Time> lost_;           ///< dead nodes, and when their quarantines end
};

}  // namespace encluster::control
