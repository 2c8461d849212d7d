// Which nodes' agents are there, what they ask for, and what they are told. Knows no sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "control/agent_tokens.hpp"
#include "control/agent_view.hpp"
#include "control/host_key_watch.hpp"
#include "control/leases.hpp"
#include "control/log.hpp"
#include "control/port_conflicts.hpp"
#include "control/service_rows.hpp"
#include "encluster/types.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::control {

/// The connection to an agent, as seen from above.
class AgentPeer {
 public:
  virtual ~AgentPeer() = default;
  virtual void send(const agent_protocol::FromGateway& message) = 0;
  /// Says goodbye. Nothing that the agent says afterwards is passed on.
  virtual void refuse(const agent_protocol::Refused& refused) = 0;
};

/// A node that has a token, and no agent that is joined.
struct AbsentAgent {
  Ipv4Address address;
  AgentTokens::Token token;
};

/// Sockets that an agent may tell of in one connection: more than a node has ports for a remote,
/// and less than would be a burden.
inline constexpr std::size_t kMaxReported = std::size_t{1} << 20;

/// Counts the times that a node's agent joined. What came from an earlier one says nothing any
/// more.
using AgentEpoch = std::uint64_t;

/// A node's agent that has joined.
struct AgentPresence {
  std::optional<std::uint32_t> load;  ///< hundredths of runnable tasks a CPU, as it told last
};

struct AgentCounts {
  std::size_t joined = 0;
  std::size_t leases = 0;
  std::size_t in_quarantine = 0;       ///< of these leases
  std::size_t conflicts = 0;           ///< ports that a node wants and another one has
  std::uint64_t conflicts_seen = 0;    ///< since start
  std::size_t services = 0;            ///< of these leases
  std::uint64_t refused_services = 0;  ///< requests since start
  /// Since start, of connections.
  std::uint64_t refused_addresses = 0;  ///< from no node's address
  std::map<agent_protocol::RefusalReason, std::uint64_t> refused;
};

/// Control thread only. What agents ask for is collected, and applied as one change of the cluster
/// by flush(); only after that is current do they hear of it.
class AgentRegistry {
 public:
  using Time = Leases::Time;

  struct Settings {
    std::chrono::milliseconds heartbeat{500};  ///< what agents are told
    std::chrono::milliseconds fence{15'000};   ///< the same; shorter than the quarantine
    Leases::Limits leases{};
    /// From the start on, requests wait for nodes that have not joined: they may hold what is asked
    /// for, by the grace of the gateway before. As long as a quarantine, for the same reason.
    std::chrono::milliseconds recovery{20'000};
    agent_protocol::Instance instance{};  ///< of this gateway
  };
  struct Hooks {
    /// Makes exactly these leases current before it returns; throws, and changes nothing, if it
    /// cannot.
    std::function<void(std::vector<switching::LeaseState>)> publish;
    /// Has flush() called soon.
    std::function<void()> wake;
    std::function<Time()> now;
    /// An agent was welcomed: it knows of no renumbered connection.
    std::function<void(NodeId)> welcomed = [](NodeId) {};
    /// A part of the connections that a node has.
    std::function<void(NodeId, const agent_protocol::Sockets&)> reported =
        [](NodeId, const agent_protocol::Sockets&) {};
    /// What a node exports.
    std::function<void(NodeId, const agent_protocol::Exports&)> exported =
        [](NodeId, const agent_protocol::Exports&) {};
    /// Of which RPC programs of nodes the portmapper is to tell, whenever that changes; not called
    /// while there have been none.
    std::function<void(const std::vector<ToldProgram>&)> programs =
        [](const std::vector<ToldProgram>&) {};
    /// The node's agent said something.
    std::function<void(NodeId)> heard = [](NodeId) {};
    /// The connection to the node's agent ended, or gives way to another.
    std::function<void(NodeId)> left = [](NodeId) {};
  };

  AgentRegistry(Settings settings, AgentView view, AgentTokens tokens, Hooks hooks, Logger& log);

  /// The node that may connect from this address.
  [[nodiscard]] std::optional<NodeId> node_at(Ipv4Address address) const {
    return view_.node_at(address);
  }
  /// Why this agent may not join; nothing if it may. The same for a wrong name and a wrong token.
  [[nodiscard]] std::optional<agent_protocol::Refused> refusal_of(
      Ipv4Address from, const agent_protocol::Join& join) const;
  /// Takes the place of an earlier agent of the node, which is told so.
  /// @pre refusal_of() said nothing
  [[nodiscard]] AgentEpoch join(NodeId node, std::shared_ptr<AgentPeer> peer,
                                agent_protocol::Join join);
  /// An agent that tells of too many sockets is sent away. @pre message is no Join
  void receive(NodeId node, AgentEpoch epoch, const agent_protocol::FromAgent& message);
  /// Nothing happens if a later agent took over.
  void leave(NodeId node, AgentEpoch epoch, const std::string& reason);

  /// To the node's agent, if there is one that has been welcomed.
  void tell(NodeId node, const agent_protocol::FromGateway& message);
  /// The same, if it wants to know.
  void tell_tree(NodeId node, const std::vector<agent_protocol::Tree>& tree);
  /// Nodes that have a token, and no agent.
  [[nodiscard]] std::vector<AbsentAgent> absent() const;

  /// A connection was refused. @param claimed the node that it said it is; may be empty
  void note_refusal(Ipv4Address from, const std::string& claimed,
                    const agent_protocol::Refused& refused);
  /// A connection ended before it joined.
  void note_failure(Ipv4Address from, const std::string& reason);
  /// A connection came from no node's address.
  void note_stranger(Ipv4Address from);

  /// The node died, as far as can be seen; or lives again.
  void node_lost(NodeId node);
  void node_found(NodeId node);
  /// Nothing is heard of the node, and it does not answer: once its agent's connection has ended,
  /// too, its services are nobody's.
  void node_died(NodeId node);

  /// Applies what was asked for, and frees leases whose quarantine is over.
  void flush();

  /// What remains of the leases under another configuration.
  [[nodiscard]] std::vector<switching::LeaseState> leases_under(const AgentView& next) const;
  /// Another configuration is current, with leases_under() it. Agents whose node, secret or leases
  /// changed are sent away, to join again; others hear of what changed.
  void reconfigure(AgentView view, AgentTokens tokens);

  [[nodiscard]] AgentCounts counts() const;
  /// Nothing: the node has no agent that has joined.
  [[nodiscard]] std::optional<AgentPresence> agent_of(NodeId node) const {
    const auto member = members_.find(node);
    if (member == members_.end() || !member->second.welcomed) return std::nullopt;
    return AgentPresence{member->second.load};
  }
  /// The node has a token, and no agent that has joined.
  [[nodiscard]] bool awaits(NodeId node) const {
    const auto known = view_.nodes.find(node);
    return known != view_.nodes.end() && tokens_.has(known->second.name) && !agent_of(node);
  }
  /// As PortConflicts::some().
  [[nodiscard]] std::vector<PortConflict> conflicts(std::size_t most) const {
    return conflicts_.some(most);
  }
  /// Of all nodes whose agent has told it.
  [[nodiscard]] std::vector<switching::NodeLoad> loads() const;

 private:
  struct Member {
    std::shared_ptr<AgentPeer> peer;
    AgentEpoch epoch = 0;
    std::string token;
    bool wants_tree = false;
    bool welcomed = false;     ///< knows its settings
    std::size_t reported = 0;  ///< sockets
    bool whole = false;        ///< has told the last of its sockets
    std::optional<std::uint32_t> load{};
  };
  struct JoinTask {
    std::string boot_id;
    std::vector<agent_protocol::LeasedPort> held;
    std::vector<agent_protocol::OfferedService> services;
  };
  struct ServiceWish {
    std::string name;
    agent_protocol::RpcVersions programs;
    bool allowed = true;            ///< the node may offer the service there
    std::optional<NodeId> rival{};  ///< has one of the programs
  };
  struct Task {
    NodeId node;
    AgentEpoch epoch = 0;
    std::variant<JoinTask, agent_protocol::LeaseRequest, agent_protocol::LeaseRelease,
                 agent_protocol::Heartbeat>
        what;
    agent_protocol::LeaseResult result = agent_protocol::LeaseResult::granted;
    std::optional<ServiceWish> service{};  ///< of a request for a service
  };

  /// What can be applied now, joins first: what a node holds is its own whoever asked just before.
  [[nodiscard]] std::vector<Task> ready_tasks(Time now);
  [[nodiscard]] bool is_recovering(Time now) const;
  /// Moves requests to waiting_, or settles them: a node may have so many waiting as leases.
  [[nodiscard]] std::vector<Task> hold_back_requests(std::vector<Task> tasks);
  [[nodiscard]] bool is_stale(const Task& task) const;
  [[nodiscard]] static bool is_heartbeat(const Task& task) noexcept;
  [[nodiscard]] bool is_current(NodeId node, AgentEpoch epoch) const;
  void enqueue(Task task);
  void receive_sockets(NodeId node, AgentEpoch epoch, const agent_protocol::Sockets& sockets);
  void receive_exports(NodeId node, AgentEpoch epoch, const agent_protocol::Exports& exports);
  void pass_exports_on();
  void apply(Task& task, Time now);
  void answer(const Task& task);
  void answer_join(const Task& task, const JoinTask& join, AgentPeer& peer);
  void answer_request(const Task& task, const agent_protocol::LeaseRequest& request,
                      AgentPeer& peer);
  /// The node does not get the port, or not any more.
  void note_denial(NodeId node, const agent_protocol::LeasedPort& port,
                   agent_protocol::LeaseResult result);
  void settle_conflict(NodeId node, const agent_protocol::LeasedPort& port, const char* why);
  /// What the node goes on using: leases, and services that it had.
  [[nodiscard]] std::vector<agent_protocol::LeasedPort> kept_ports(NodeId node,
                                                                   const JoinTask& join) const;
  /// After its leases are as the Join says. @pre kept_ports() were told to leases_
  void adopt_services(NodeId node, const JoinTask& join);
  void apply_service(Task& task, const agent_protocol::LeaseRequest& request, Time now);
  [[nodiscard]] agent_protocol::LeaseResult service_result(NodeId node, const ServiceWish& wish,
                                                           const agent_protocol::LeasedPort& port,
                                                           Time now);
  void answer_service(const Task& task, const agent_protocol::LeaseRequest& request,
                      AgentPeer& peer);
  [[nodiscard]] ServiceRows::MayTell may_tell() const;
  /// Names programs of a service of which the portmapper will not tell, a few. @return whether
  /// there are some
  bool log_untold(NodeId node, const agent_protocol::LeasedPort& port, const std::string& service,
                  const agent_protocol::RpcVersions& programs);
  void tell_programs();
  void release(NodeId node, const agent_protocol::LeasedPort& port);
  void log_service(const char* event, NodeId node, const agent_protocol::LeasedPort& port);
  /// Dead, without an agent, and with services.
  [[nodiscard]] bool is_orphaned(NodeId node) const;
  [[nodiscard]] bool has_orphans() const;
  void withdraw_orphans();
  /// Ends services that the view does not allow. @return the nodes that lost some
  std::set<NodeId> end_disallowed(Leases& leases, const AgentView& view) const;
  void send_away(NodeId node, agent_protocol::RefusalReason reason, const std::string& text);
  /// @return false, and the leases are as before, if what they are now could not be published
  [[nodiscard]] bool publish_changes(Leases::Ports before);
  /// Of what was granted, what could not be published is not leasable after all.
  void take_back(std::vector<Task>& tasks) const;

  Settings settings_;
  AgentView view_;
  AgentTokens tokens_;
  Hooks hooks_;
  Logger& log_;
  HostKeyWatch host_keys_;
  Leases leases_;
  PortConflicts conflicts_;
  ServiceRows services_;
  std::map<NodeId, Member> members_;
  std::map<NodeId, AgentEpoch> epochs_;
  std::set<NodeId> down_;
  std::set<NodeId> dead_;  ///< and not heard of since
  std::vector<Task> tasks_;
  std::map<NodeId, agent_protocol::Exports> exports_;  ///< told since the last flush()
  std::vector<Task> waiting_;  ///< for nodes that have not joined since the start
  Time recovered_;             ///< nothing waits any longer
  std::uint64_t refused_addresses_ = 0;
  std::map<agent_protocol::RefusalReason, std::uint64_t> refused_;
};

}  // namespace encluster::control
