#include "control/cluster_from_configuration.hpp"

namespace encluster::control {

switching::ClusterState cluster_from(const Configuration& configuration) {
  switching::ClusterState state;
  state.name = configuration.cluster.name;
  state.slow_start = configuration.cluster.slow_start;
  for (const NetworkConfig& network : configuration.networks) {
    state.networks.push_back({.name = network.name,
                              .address = network.address,
                              .mac = {},
                              .dynamic_syn = network.dynamic_syn,
                              .mtu = network.mtu,

                              .dynamic_syn_from = network.dynamic_syn_from});
  }
  state.interconnect.address = configuration.interconnect.address;
  state.interconnect.mtu = configuration.interconnect.mtu;
  state.ports = {.first = configuration.ports.first,
                 .slice_size = slice_size(configuration).value_or(0)};
  for (const NodeConfig& node : configuration.nodes) {
    state.nodes.push_back({.name = node.name,
                           .id = node.id,
                           .address = node.address,
                           .weight = node.weight,
                           .up = true,
                           .draining = node.draining,
                           .mount_port = node.mount_port});
  }
  state.gateway_weight = configuration.gateway.weight;
  state.gateway_draining = configuration.gateway.draining;
  for (const ServiceEntry& service : configuration.services) {
    state.services.push_back(service.config);
  }
  state.exports = configuration.exports;
  state.ask_idle_after = configuration.connections.ask_idle_after;
  return state;
}

switching::PipelineLimits limits_from(const Configuration& configuration) {
  const ConnectionsConfig& connections = configuration.connections;
  switching::PipelineLimits limits;
  limits.connections = {connections.maximum, connections.embryonic};
  limits.flood.syn_rate = connections.syn_rate;
  return limits;
}

}  // namespace encluster::control
