#include "control/configuration.hpp"

#include <algorithm>

#include "switching/slices.hpp"

namespace encluster::control {

std::string name_of(const Configuration& configuration, NodeId id) {
  if (id == kGateway) return "gateway";
  const auto node = std::ranges::find(configuration.nodes, id, &NodeConfig::id);
  return node == configuration.nodes.end() ? std::to_string(id.value()) : node->name;
}

Ipv4Address address_of(const Configuration& configuration, NodeId id) {
  if (id == kGateway) return configuration.interconnect.address.address;
  const auto node = std::ranges::find(configuration.nodes, id, &NodeConfig::id);
  return node == configuration.nodes.end() ? Ipv4Address() : node->address;
}

NodeId highest_node(const Configuration& configuration) noexcept {
  NodeId highest;
  for (const NodeConfig& node : configuration.nodes) highest = std::max(highest, node.id);
  return highest;
}

std::optional<std::uint32_t> slice_size(const Configuration& configuration) noexcept {
  const PortsConfig& ports = configuration.ports;
  if (ports.slice) return ports.slice;
  return switching::Slices::largest_size(ports.first, ports.last, highest_node(configuration));
}

}  // namespace encluster::control
