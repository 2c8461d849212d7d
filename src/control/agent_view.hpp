// What the agents' service needs of the configuration.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "control/configuration.hpp"
#include "control/leases.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// A node as its agent has to know it.
struct AgentNode {
  std::string name;
  Ipv4Address address;  ///< on the interconnect: where its agent connects from
  agent_protocol::Settings settings;
  std::vector<ServicePorts> services{};  ///< where it may offer some by itself
  std::set<std::uint32_t> programs{};    ///< of RPC, of which the portmapper may tell there
};

struct AgentView {
  std::map<NodeId, AgentNode> nodes;
  Leases::Leasable leasable;

  /// The node with this address.
  [[nodiscard]] std::optional<NodeId> node_at(Ipv4Address address) const;
  /// Whether the node may offer a service of its own there, if nobody else has the port.
  [[nodiscard]] bool allows(NodeId node, const agent_protocol::LeasedPort& port) const;
  /// Whether the portmapper may tell of the node's RPC program.
  [[nodiscard]] bool may_tell(NodeId node, std::uint32_t program) const;
  /// A node's name; its number, if there is no such node.
  [[nodiscard]] std::string name_of(NodeId node) const;
};

/// Leasable is what is in no slice up to the highest node's, no configured service's, and not where
/// agents are served.
[[nodiscard]] AgentView agent_view(const Configuration& configuration);

}  // namespace encluster::control
