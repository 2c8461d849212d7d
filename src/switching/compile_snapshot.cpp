#include "switching/compile_snapshot.hpp"

#include <algorithm>

namespace encluster::switching {

namespace {

/// The mean stands for what is not known: such a node is neither preferred nor shunned.
std::uint16_t mean_of(const std::vector<NodeLoad>& loads) {
  std::uint64_t sum = 0;
  for (const NodeLoad& load : loads) sum += load.load;
  return loads.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(sum / loads.size());
}

void set_loads(std::vector<NodeStatus>& table, const std::vector<NodeLoad>& loads) {
  const std::uint16_t mean = mean_of(loads);
  for (NodeStatus& node : table) node.load = mean;
  for (const auto& [node, load] : loads) {
    if (node.value() < table.size()) table[node.value()].load = load;
  }
}

/// A weight of 1 has no parts: while a node rises, all weights are counted in parts.
void set_rising(std::vector<NodeStatus>& table, const std::vector<RisingNode>& rising) {
  if (rising.empty()) return;
  std::vector<std::uint8_t> parts(table.size(), kWholeShare);
  for (const RisingNode& node : rising) {
    if (node.node.value() < parts.size()) parts[node.node.value()] = node.parts;
  }
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i].weight = static_cast<std::uint16_t>(
        std::min<std::uint32_t>(std::uint32_t{table[i].weight} * parts[i], 0xffff));
  }
}

std::vector<NodeStatus> node_table(const ClusterState& state) {
  std::vector<NodeStatus> table(1);
  table[0] = {.address = state.interconnect.address.address,
              .weight = state.gateway_weight,
              .present = true,
              .up = true,
              .draining = state.gateway_draining};
  for (const NodeState& node : state.nodes) {
    if (table.size() <= node.id.value()) table.resize(node.id.value() + std::size_t{1});
    table[node.id.value()] = {.address = node.address,
                              .weight = node.weight,
                              .present = true,
                              .up = node.up,
                              .draining = node.draining};
  }
  set_loads(table, state.loads);
  set_rising(table, state.rising);
  return table;
}

ClusterView view_of(const ClusterState& state) {
  ClusterView view{.nodes = {kGateway},
                   .exports = state.exports,
                   .mount_lists_port = state.mount_lists_port,
                   .recovering = state.recovering};
  for (const NodeState& node : state.nodes) {
    view.nodes.push_back(node.id);
    if (node.mount_port != PortNumber()) view.mount_ports.push_back({node.id, node.mount_port});
  }
  return view;
}

Slices slices_of(const PortsState& ports, const std::vector<NodeId>& nodes) {
  return ports.slice_size == 0 ? Slices() : Slices(ports.first, ports.slice_size, nodes);
}

FrozenMap<NodeId> nodes_by_address(const ClusterState& state) {
  std::vector<FrozenMap<NodeId>::Item> items;
  for (const NodeState& node : state.nodes) items.emplace_back(node.address.value(), node.id);
  return FrozenMap<NodeId>(items);
}

FrozenMap<NetworkIndex> networks_by_address(const ClusterState& state) {
  std::vector<FrozenMap<NetworkIndex>::Item> items;
  for (const NetworkState& network : state.networks) {
    items.emplace_back(network.address.address.value(), static_cast<NetworkIndex>(items.size()));
  }
  return FrozenMap<NetworkIndex>(items);
}

FrozenMap<MacAddress> neighbours_on(Egress egress, const std::vector<Neighbour>& neighbours) {
  std::vector<FrozenMap<MacAddress>::Item> items;
  for (const Neighbour& neighbour : neighbours) {
    if (neighbour.egress == egress) items.emplace_back(neighbour.address.value(), neighbour.mac);
  }
  return FrozenMap<MacAddress>(items);
}

std::vector<NodeHop> node_hops(const Snapshot& snapshot) {
  std::vector<NodeHop> hops;
  for (const NodeStatus& node : snapshot.nodes) {
    const MacAddress* mac = snapshot.neighbour(kInterconnect, node.address);
    hops.push_back({.address = node.address, .resolved = mac != nullptr, .link = {}});
    if (mac != nullptr) hops.back().link = {*mac, snapshot.interconnect.mac};
  }
  return hops;
}

/// Numbers the gateways of routes whose MAC addresses are known, as far as numbers go; the others
/// are looked up by address.
Routers number_routers(const std::vector<Route>& routes, Snapshot& snapshot) {
  Routers numbers;
  snapshot.routers.resize(1);
  for (const Route& route : routes) {
    if (!route.gateway.has_value()) continue;
    const MacAddress* mac = snapshot.neighbour(route.network, *route.gateway);
    const std::size_t number = snapshot.routers.size();
    if (mac == nullptr || number > 0xffff) continue;
    const auto [place, added] =
        numbers.try_emplace({route.network, *route.gateway}, static_cast<std::uint16_t>(number));
    if (added) snapshot.routers.push_back({*mac, snapshot.own_mac(route.network)});
  }
  return numbers;
}

/// Everything but services.
std::unique_ptr<Snapshot> snapshot_of_cluster(const ClusterState& state, const ClusterView& view) {
  auto snapshot = std::make_unique<Snapshot>();
  snapshot->networks = state.networks;
  snapshot->interconnect = state.interconnect;
  snapshot->slices = slices_of(state.ports, view.nodes);
  snapshot->nodes = node_table(state);
  snapshot->node_by_address = nodes_by_address(state);
  snapshot->network_by_address = networks_by_address(state);
  snapshot->routes = RouteTable(state.routes);
  for (const NetworkState& network : state.networks) {
    snapshot->dynamic_syn_from.emplace_back(network.dynamic_syn_from);
  }
  for (std::size_t i = 0; i < state.networks.size(); ++i) {
    snapshot->neighbours[i] = neighbours_on(static_cast<Egress>(i), state.neighbours);
  }
  snapshot->interconnect_neighbours = neighbours_on(kInterconnect, state.neighbours);
  snapshot->node_hops = node_hops(*snapshot);
  snapshot->places = Places(state.networks, state.interconnect.address, state.routes,
                            number_routers(state.routes, *snapshot));
  return snapshot;
}

/// The nodes that a service's function may choose: those named, or all but the gateway.
std::vector<NodeId> candidates_of(const ServiceConfig& config, const ClusterView& view) {
  if (config.plugin.empty() || !config.nodes.empty()) return config.nodes;
  std::vector<NodeId> nodes = view.nodes;
  std::erase(nodes, kGateway);
  return nodes;
}

/// A service's entries: one for each network that it is on.
void add_entries(std::vector<SwitchEntry>& entries, const SwitchEntry& entry,
                 std::optional<NetworkIndex> only, std::size_t networks) {
  for (std::size_t i = 0; i < networks; ++i) {
    if (only.value_or(i) != i) continue;
    entries.push_back(entry);
    entries.back().network = static_cast<NetworkIndex>(i);
  }
}

/// Ports of nodes that leave as the service's own.
void add_shown_ports(std::vector<ShownPorts::Item>& shown, const SwitchEntry& entry) {
  for (const NodePort& at : entry.node_ports) {
    if (at.port != entry.port) shown.push_back({at.node, at.port, entry.port});
  }
}

/// A port of the gateway's own kernel that a function leads to is the function's as well: nobody
/// gets past it.
void add_own_port(std::vector<SwitchEntry>& entries, SwitchEntry entry,
                  std::optional<NetworkIndex> only, std::size_t networks) {
  const PortNumber own = entry.port_on(kGateway);
  if (own == entry.port) return;
  entry.port = own;
  add_entries(entries, entry, only, networks);
}

void add_leases(std::vector<SwitchEntry>& entries, const ClusterState& state) {
  for (const LeaseState& lease : state.leases) {
    SwitchEntry entry;
    entry.protocol = lease.protocol;
    entry.port = lease.port;
    entry.node = lease.node;
    add_entries(entries, entry, std::nullopt, state.networks.size());
  }
}

[[noreturn]] void refuse(const ServiceConfig& config, const std::string& key,
                         const std::string& what) {
  throw CompileError(config.name, key, what);
}

/// The service's plugin did not do its part.
[[noreturn]] void refuse_plugin(const ServiceConfig& config, const std::string& did) {
  refuse(config, "plugin",
         "found plugin " + config.plugin + ", which " + did +
             "; allowed: a plugin that makes a routing function");
}

/// @throws CompileError if the service names what does not exist.
void check_references(const ServiceConfig& config, const ClusterView& view, std::size_t networks) {
  const auto exists = [&](NodeId node) {
    return std::find(view.nodes.begin(), view.nodes.end(), node) != view.nodes.end();
  };
  if (!exists(config.node)) {
    refuse(config, "node", "there is no node " + std::to_string(config.node.value()));
  }
  for (const NodeId node : config.nodes) {
    if (!exists(node)) refuse(config, "nodes", "there is no node " + std::to_string(node.value()));
  }
  if (config.network && *config.network >= networks) {
    refuse(config, "network", "there is no network " + std::to_string(*config.network));
  }
}

std::string names_of(const PluginRegistry& plugins) {
  if (plugins.empty()) return "none";
  std::string names;
  for (const auto& [name, factory] : plugins) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace

SnapshotCompiler::SnapshotCompiler(PluginRegistry plugins, std::size_t workers)
    : plugins_(std::move(plugins)), workers_(workers) {}

std::unique_ptr<const Snapshot> SnapshotCompiler::compile(const ClusterState& state) {
  Compiled compiled{.view = view_of(state), .services = {}};
  auto snapshot = snapshot_of_cluster(state, compiled.view);
  std::vector<SwitchEntry> entries;
  std::vector<SwitchEntry> own_ports;  // the last: what else has the port goes before
  std::vector<ShownPorts::Item> shown;
  for (const ServiceConfig& config : state.services) {
    check_references(config, compiled.view, state.networks.size());
    compiled.services.push_back(compile_service(config, compiled.view));
    const CompiledService& service = compiled.services.back();
    SwitchEntry entry{.protocol = config.protocol,
                      .port = config.port,
                      .node = config.node,
                      .service = static_cast<ServiceIndex>(snapshot->service_names.size()),
                      .candidates = candidates_of(config, compiled.view),
                      .function = service.function,
                      .worker_states = service.worker_states};
    if (service.function != nullptr && config.protocol == Protocol::udp) {
      entry.node_ports = service.function->node_ports();
    }
    add_entries(entries, entry, config.network, state.networks.size());
    add_own_port(own_ports, entry, config.network, state.networks.size());
    add_shown_ports(shown, entry);
    snapshot->service_names.push_back(config.name);
  }
  snapshot->shown_ports = ShownPorts(shown);
  add_leases(entries, state);
  entries.insert(entries.end(), own_ports.begin(), own_ports.end());
  snapshot->message_switch = MessageSwitch(std::move(entries));

  snapshot->ask_idle_after = state.ask_idle_after;
  snapshot->recovering = state.recovering;
  snapshot->generation = ++generation_;
  last_ = std::move(compiled);
  return snapshot;
}

SnapshotCompiler::CompiledService SnapshotCompiler::compile_service(const ServiceConfig& config,
                                                                    const ClusterView& view) const {
  if (config.plugin.empty()) return {.config = config, .function = nullptr, .worker_states = {}};
  const auto plugin = plugins_.find(config.plugin);
  if (plugin == plugins_.end()) {
    refuse(config, "plugin", "found '" + config.plugin + "'; allowed: " + names_of(plugins_));
  }
  const auto before = std::find_if(last_.services.begin(), last_.services.end(),
                                   [&](const auto& service) { return service.config == config; });
  if (before != last_.services.end() && last_.view == view) return *before;

  return make_service(config, view, plugin->second);
}

SnapshotCompiler::CompiledService SnapshotCompiler::make_service(const ServiceConfig& config,
                                                                 const ClusterView& view,
                                                                 MakeRouting make_routing) const {
  CompiledService service{.config = config, .function = nullptr, .worker_states = {}};
  // No exception of a plugin goes further up: it must not outlive the shared object it is from.
  try {
    service.function = make_routing(config, view);
    for (std::size_t i = 0; service.function != nullptr && i < workers_; ++i) {
      service.worker_states.push_back(
          service.function->make_worker_state(static_cast<WorkerId>(i)));
    }
  } catch (const ServiceError& error) {
    refuse(config, error.key(), error.what());
  } catch (const std::exception& error) {
    refuse_plugin(config, std::string("threw '") + error.what() + "'");
  } catch (...) {
    refuse_plugin(config, "threw what is no std::exception");
  }
  if (service.function == nullptr) refuse_plugin(config, "made nothing");
  return service;
}

}  // namespace encluster::switching
