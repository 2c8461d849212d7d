#include "control/parse_configuration_sections.hpp"

namespace encluster::control {

namespace {

/// What networks and interconnect have in common.
template <typename Config>
void parse_link(YamlSection& section, Config& config) {
  section.require("device", config.device, device());
  section.require("address", config.address, interface_address());
  section.read("mtu", config.mtu, number<std::uint16_t>(kLeastMtu, kMostMtu));
  section.read("vlan", config.vlan, number<std::uint16_t>(1, kLastVlan));
}

constexpr std::size_t kMaxDynamicSynRanges = 256;
constexpr std::string_view kDynamicSyn = "allow, deny, or a list of 1 to 256 IPv4 networks";

void parse_dynamic_syn(const YamlValue& value, NetworkConfig& network) {
  if (!value.present()) return;
  if (!value.is_list()) {
    auto choice = one_of<bool>({{"allow", true}, {"deny", false}});
    choice.allowed = kDynamicSyn;
    network.dynamic_syn = value.as(choice).value_or(network.dynamic_syn);
    return;
  }
  if (value.list_size() == 0) {
    return value.report().refuse(value.key(), "an empty list", kDynamicSyn);
  }
  network.dynamic_syn = false;
  for (const YamlValue& item : value.items(kMaxDynamicSynRanges)) {
    if (const auto range = item.as(address_range())) network.dynamic_syn_from.push_back(*range);
  }
}

NetworkConfig parse_network(const YamlValue& value) {
  YamlSection section(value);
  NetworkConfig network;
  section.require("name", network.name, network_name());
  parse_link(section, network);
  section.read("gateway", network.gateway, host_address());
  parse_dynamic_syn(section.value("dynamic_syn"), network);
  section.finish();
  return network;
}

InterconnectConfig parse_interconnect(const YamlValue& value) {
  YamlSection section(value);
  InterconnectConfig interconnect;
  parse_link(section, interconnect);
  section.finish();
  return interconnect;
}

GatewayConfig parse_gateway(const YamlValue& value) {
  YamlSection section(value);
  GatewayConfig gateway;
  section.read("weight", gateway.weight, number<std::uint16_t>(0, kMaxWeight));
  section.read("draining", gateway.draining, boolean());
  section.finish();
  return gateway;
}

NodeConfig parse_node(const YamlValue& value) {
  YamlSection section(value);
  NodeConfig node;
  std::uint16_t id = 0;
  section.require("name", node.name, name());
  section.require("id", id, number<std::uint16_t>(1, kMaxNodeId));
  section.require("address", node.address, host_address());
  section.read("weight", node.weight, number<std::uint16_t>(0, kMaxWeight));
  section.read("draining", node.draining, boolean());
  section.read("mount_port", node.mount_port, port_number());
  section.finish();
  node.id = NodeId(id);
  return node;
}

}  // namespace

void parse_topology(YamlSection& root, Configuration& configuration) {
  const YamlValue networks = root.value("networks");
  for (const YamlValue& value : networks.items(kMaxNetworks)) {
    configuration.networks.push_back(parse_network(value));
  }
  configuration.interconnect = parse_interconnect(root.value("interconnect"));
  configuration.gateway = parse_gateway(root.value("gateway"));
  for (const YamlValue& value : root.value("nodes").items(kMaxNodeId)) {
    configuration.nodes.push_back(parse_node(value));
  }
}

}  // namespace encluster::control
