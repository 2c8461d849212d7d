#include "control/agent_view.hpp"

#include <algorithm>
#include <utility>

#include "switching/slices.hpp"

namespace encluster::control {

using agent_protocol::LeasedPort;
using agent_protocol::PortRange;

namespace {

Leases::Leasable leasable_ports(const Configuration& configuration) {
  std::set<LeasedPort> taken;
  for (const ServiceEntry& service : configuration.services) {
    taken.insert({service.config.protocol, service.config.port});
  }
  if (const auto& agents = configuration.agents) taken.insert({Protocol::tcp, agents->port});
  const std::uint32_t first = configuration.ports.first.value();
  const std::uint32_t slices = std::uint32_t{highest_node(configuration).value()} + 1;
  const std::uint32_t end = first + slices * slice_size(configuration).value_or(0);
  return [taken = std::move(taken), first, end](const LeasedPort& port) {
    const std::uint32_t number = port.port.value();
    return number != 0 && (number < first || number >= end) && !taken.contains(port);
  };
}

/// Of services, inside the range; rising, each once.
std::vector<PortNumber> reserved_in(const PortRange& range, const Configuration& configuration) {
  std::set<PortNumber> ports;
  for (const ServiceEntry& service : configuration.services) {
    const PortNumber port = service.config.port;
    if (port >= range.first && port <= range.last) ports.insert(port);
  }
  return {ports.begin(), ports.end()};
}

agent_protocol::Settings settings_of(const Configuration& configuration, NodeId node) {
  agent_protocol::Settings settings;
  if (const auto size = slice_size(configuration)) {
    const switching::Slices slices(configuration.ports.first, *size, {node});
    const auto [first, last] = slices.slice_of(node);
    settings.slice = PortRange{first, last};
    settings.reserved = reserved_in(*settings.slice, configuration);
  }
  for (const NetworkConfig& network : configuration.networks) {
    settings.networks.push_back({network.name, network.address.address});
  }
  return settings;
}

}  // namespace

std::optional<NodeId> AgentView::node_at(Ipv4Address address) const {
  const auto found =
      std::ranges::find_if(nodes, [&](const auto& node) { return node.second.address == address; });
  return found == nodes.end() ? std::nullopt : std::optional(found->first);
}

bool AgentView::allows(NodeId node, const LeasedPort& port) const {
  const auto found = nodes.find(node);
  return found != nodes.end() &&
         std::ranges::any_of(found->second.services, [&](const ServicePorts& ports) {
           return ports.contain(port.protocol, port.port);
         });
}

bool AgentView::may_tell(NodeId node, std::uint32_t program) const {
  const auto found = nodes.find(node);
  return found != nodes.end() && found->second.programs.contains(program);
}

std::string AgentView::name_of(NodeId node) const {
  const auto found = nodes.find(node);
  return found == nodes.end() ? std::to_string(node.value()) : found->second.name;
}

AgentView agent_view(const Configuration& configuration) {
  AgentView view{.nodes = {}, .leasable = leasable_ports(configuration)};
  for (const NodeConfig& node : configuration.nodes) {
    view.nodes.emplace(node.id,
                       AgentNode{node.name, node.address, settings_of(configuration, node.id)});
  }
  if (!configuration.agents) return view;
  for (const AllowedByNode& allowed : configuration.agents->allow) {
    AgentNode& node = view.nodes.at(allowed.node);
    node.services = allowed.ports;
    node.programs = {allowed.programs.begin(), allowed.programs.end()};
  }
  return view;
}

}  // namespace encluster::control
