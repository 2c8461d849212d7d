// Serves the nodes' agents on the interconnect (docs/agent-protocol.md).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "control/agent_limits.hpp"
#include "control/agent_registry.hpp"
#include "control/configuration.hpp"
#include "control/log.hpp"
#include "encluster/types.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::control {

struct AgentServiceSettings {
  AgentLimits limits{};
  AgentRegistry::Settings registry{};
};

/// The listener, its connections, and who is behind them. Control thread only: the executor's. The
/// destructor closes everything, and calls nobody any more; its executor's context has to outlive
/// it.
class AgentService {
 public:
  struct Hooks {
    /// Makes exactly these leases current before it returns; throws, and changes nothing, if it
    /// cannot.
    std::function<void(std::vector<switching::LeaseState>)> publish;
    /// As AgentRegistry::Hooks.
    std::function<void(NodeId)> welcomed = [](NodeId) {};
    std::function<void(NodeId, const agent_protocol::Sockets&)> reported =
        [](NodeId, const agent_protocol::Sockets&) {};
    std::function<void(NodeId, const agent_protocol::Exports&)> exported =
        [](NodeId, const agent_protocol::Exports&) {};
    std::function<void(const std::vector<ToldProgram>&)> programs =
        [](const std::vector<ToldProgram>&) {};
    std::function<void(NodeId)> heard = [](NodeId) {};
    std::function<void(NodeId)> left = [](NodeId) {};
  };

  /// Reads the files that `agents` names. @pre the configuration has `agents`
  /// @throws CredentialsError
  AgentService(boost::asio::any_io_executor executor, const Configuration& configuration,
               Hooks hooks, Logger& log, AgentServiceSettings settings = {});
  AgentService(const AgentService&) = delete;
  AgentService& operator=(const AgentService&) = delete;
  ~AgentService();

  /// Listens where `agents` says, and calls agents that do not join. @pre the address exists
  /// @throws std::runtime_error
  void start();
  /// Where it listens: another than configured only if that is 0. @pre started
  [[nodiscard]] PortNumber port() const;

  /// A node died, as far as can be seen: its leases are in quarantine from now on. Or lives again.
  void node_changed(NodeId node, bool up);
  /// As AgentRegistry::node_died().
  void node_died(NodeId node);

  /// To the node's agent, if there is one.
  void tell(NodeId node, const agent_protocol::FromGateway& message);
  void tell_tree(NodeId node, const std::vector<agent_protocol::Tree>& tree);

  /// The leases that remain under another configuration.
  [[nodiscard]] std::vector<switching::LeaseState> leases_under(const Configuration& next) const;
  /// Another configuration is current, with leases_under() it.
  /// @param tokens as its token_file says
  void reconfigure(const Configuration& next, AgentTokens tokens);

  [[nodiscard]] AgentCounts counts() const;
  /// As AgentRegistry::loads().
  [[nodiscard]] std::vector<switching::NodeLoad> loads() const;
  /// As AgentRegistry::agent_of().
  [[nodiscard]] std::optional<AgentPresence> agent_of(NodeId node) const;
  /// As AgentRegistry::awaits().
  [[nodiscard]] bool awaits(NodeId node) const;
  /// As PortConflicts::some().
  [[nodiscard]] std::vector<PortConflict> conflicts(std::size_t most) const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  ///< shared with its operations
};

}  // namespace encluster::control
