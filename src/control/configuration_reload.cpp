#include "control/configuration_reload.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "control/configuration_format.hpp"

namespace encluster::control {

namespace {

/// Same devices, under the same names and addresses: dynamic_syn alone may differ.
bool same_network(const NetworkConfig& a, const NetworkConfig& b) {
  NetworkConfig adjusted = b;
  adjusted.dynamic_syn = a.dynamic_syn;
  adjusted.dynamic_syn_from = a.dynamic_syn_from;
  return a == adjusted;
}

/// The same bounds.
bool same_connections(const ConnectionsConfig& a, ConnectionsConfig b) {
  b.on_node_death = a.on_node_death;
  b.ask_idle_after = a.ask_idle_after;
  return a == b;
}

/// The same listener and files.
bool same_agents(const std::optional<AgentsConfig>& a, std::optional<AgentsConfig> b) {
  if (a && b) b->allow = a->allow;
  return a == b;
}

void compare_slices(const Configuration& running, const Configuration& next,
                    std::vector<std::string>& conflicts) {
  const auto before = slice_size(running).value_or(0);
  const auto after = slice_size(next).value_or(0);
  if (running.ports.first == next.ports.first && running.ports.last == next.ports.last &&
      before == after) {
    return;
  }
  conflicts.push_back(fmt::format(
      "ports: the slices would change (first port {} to {}, ports a slice {} to {}), which cuts "
      "sessions that the gateway holds no state of; restart to change them",
      running.ports.first.value(), next.ports.first.value(), before, after));
}

}  // namespace

std::vector<std::string> reload_conflicts(const Configuration& running, const Configuration& next) {
  std::vector<std::string> conflicts;
  const auto compare = [&conflicts](bool same, const char* key, const char* reason) {
    if (!same) conflicts.push_back(fmt::format("{}: {}; restart to change it", key, reason));
  };
  compare(std::ranges::equal(running.networks, next.networks, same_network), "networks",
          "names, devices, addresses, gateways, MTUs and VLANs are set up at start");
  compare(running.interconnect == next.interconnect, "interconnect",
          "device, address, MTU and VLAN are set up at start");
  compare(running.workers == next.workers, "workers", "the threads are made at start");
  compare(running.cpus == next.cpus, "cpus", "workers are bound to CPUs at start");
  compare(running.idle == next.idle, "idle", "workers learn it at start");
  compare(running.memory == next.memory, "memory", "it is allocated at start");
  compare(same_connections(running.connections, next.connections), "connections",
          "tables are allocated at start");
  compare(running.plugins == next.plugins, "plugins", "shared objects are loaded at start");
  compare(same_agents(running.agents, next.agents), "agents", "the listener is opened at start");
  compare(running.rest == next.rest, "rest", "the listener and the roster are opened at start");
  compare_slices(running, next, conflicts);
  return conflicts;
}

}  // namespace encluster::control
