#include "fuzz/story_cluster.hpp"

#include <algorithm>
#include <array>

#include "support/scripted_service.hpp"

namespace encluster::fuzz {

namespace {

using switching::ClusterState;

constexpr std::array kVerdicts{
    "forward",    "absent", "local",           "drop", "refuse",
    "other port", "answer", "hold until beta", "copy", "copy when beta is up"};

ServiceConfig service_with(std::string name, Protocol protocol, std::uint16_t port,
                           const std::string& verdict) {
  ServiceConfig service = test::scripted(verdict, protocol);
  service.name = std::move(name);
  service.port = PortNumber(port);
  return service;
}

void add_second_network(ClusterState& state) {
  state.networks.push_back({"lab", {kSecondCluster, 24}, kSecondMac, true});
  state.routes.insert(state.routes.begin(), {{kSecondCluster, 24}, 1, std::nullopt});
  for (const Ipv4Address neighbour : {kSecondRouter, kSecondRemote}) {
    state.neighbours.push_back({1, neighbour, test::mac_of(neighbour)});
  }
}

void forget_neighbour(ClusterState& state, Ipv4Address address) {
  std::erase_if(state.neighbours, [&](const auto& known) { return known.address == address; });
}

/// Takes a node out, and every mention of it.
void remove_node(ClusterState& state, NodeId id) {
  std::erase_if(state.nodes, [&](const auto& node) { return node.id == id; });
  for (ServiceConfig& service : state.services) {
    if (service.node == id) service.node = kGateway;
    std::erase(service.nodes, id);
  }
}

void change_nodes(ClusterState& state, const StoryCluster& cluster) {
  for (std::size_t i = 0; i < 3; ++i) {
    state.nodes[i].up = !cluster.has(Toggle::alpha_down, i);
    state.nodes[i].draining = cluster.has(Toggle::alpha_draining, i);
    if (cluster.has(Toggle::alpha_unresolved, i)) forget_neighbour(state, state.nodes[i].address);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    if (cluster.has(Toggle::alpha_removed, i)) {
      remove_node(state, NodeId(static_cast<std::uint16_t>(i + 1)));
    }
  }
}

void change_services(ClusterState& state, const StoryCluster& cluster) {
  for (ServiceConfig& service : state.services) {
    if (cluster.has(Toggle::gateway_schedulable) && service.name == "telnet") {
      service.nodes = {kGateway, NodeId(1)};
    }
    if (cluster.has(Toggle::least_connections) && service.plugin == "login") {
      service.options["scheduler"] =
          cluster.has(Toggle::gateway_schedulable) ? "least-loaded" : "least-connections";
    }
  }
  const std::string verdict = kVerdicts[cluster.verdict % kVerdicts.size()];
  state.services.push_back(service_with("holding", Protocol::udp, kHoldingPort, verdict));
  if (verdict == "copy") state.services.back().options["absent"] = "";
  state.services.push_back(
      service_with("renumbering", Protocol::tcp, kRenumberPort, "remembered port"));
  if (cluster.has(Toggle::service_removed)) state.services.erase(state.services.begin() + 1);
}

}  // namespace

ClusterState StoryCluster::state() const {
  ClusterState state = test::example_cluster();
  state.networks[0].dynamic_syn = !has(Toggle::dynamic_syn_denied);
  state.recovering = recovering;
  if (has(Toggle::no_slices)) state.ports.slice_size = 0;
  if (has(Toggle::no_default_route)) state.routes.pop_back();
  if (has(Toggle::router_unresolved)) forget_neighbour(state, test::kRouter);
  if (has(Toggle::second_network)) add_second_network(state);
  change_services(state, *this);
  change_nodes(state, *this);
  return state;
}

}  // namespace encluster::fuzz
