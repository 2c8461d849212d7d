#include "enclusterd/rest_gateway.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "datapath/clock.hpp"
#include "enclusterd/status.hpp"
#include "rest/explain_route.hpp"
#include "rest/list_connections.hpp"

namespace encluster {

using control::NodeChange;
using control::NodeShare;
using rest::NodeView;
using rest::StatusView;
using rest::TrafficView;
using switching::Counters;
using switching::NodeState;
using switching::Traffic;

namespace {

/// What agents tell, in tasks.
constexpr double kLoadUnit = 100;

void add(TrafficView& sum, const Traffic& received, const Traffic& sent) {
  sum.packets_received += received.packets.value();
  sum.bytes_received += received.bytes.value();
  sum.packets_sent += sent.packets.value();
  sum.bytes_sent += sent.bytes.value();
}

std::vector<TrafficView> traffic_of(const std::vector<const Counters*>& blocks,
                                    const control::Configuration& configuration) {
  std::vector<TrafficView> all(configuration.networks.size() + 2);
  TrafficView& interconnect = all[configuration.networks.size()];
  TrafficView& local = all.back();
  interconnect.name = "interconnect";
  local.name = "local";
  for (std::size_t i = 0; i < configuration.networks.size(); ++i) {
    all[i].name = configuration.networks[i].name;
    for (const Counters* block : blocks) {
      add(all[i], block->network_received[i], block->network_sent[i]);
    }
  }
  for (const Counters* block : blocks) {
    add(interconnect, block->interconnect_received, block->interconnect_sent);
    add(local, block->local_received, block->local_sent);
  }
  return all;
}

}  // namespace

bool RestGateway::is_recovering() const { return !parts_.recovery.is_over(); }

StatusView RestGateway::status() const {
  using std::chrono::milliseconds;
  const auto uptime = std::chrono::steady_clock::now() - parts_.started;
  StatusView view{.cluster = parts_.configuration.cluster.name,
                  .version = ENCLUSTER_VERSION,
                  .uptime = std::chrono::duration_cast<milliseconds>(uptime),
                  .generation = parts_.publisher.current().generation,
                  .recovering = is_recovering(),
                  .workers = parts_.configuration.workers,
                  .counters = status_counts(parts_.devices, parts_.engine, parts_.configuration),
                  .traffic = traffic_of(parts_.engine.counters(), parts_.configuration),
                  .drops = drop_counts(parts_.engine),
                  .agents = {}};
  if (parts_.agents) view.agents = agent_counts(parts_.agents->counts());
  return view;
}

std::vector<rest::DropView> RestGateway::drops() const {
  const auto counts = drop_counts(parts_.engine);
  std::vector<rest::DropView> views;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (kDropReasonTexts[i].reason == DropReason::none) continue;
    views.push_back({counts[i].name, kDropReasonTexts[i].sentence, counts[i].count});
  }
  return views;
}

std::vector<NodeView> RestGateway::nodes() const {
  std::vector<NodeView> views;
  for (const NodeId node : all_nodes()) views.push_back(view_of(node));
  return views;
}

std::vector<NodeId> RestGateway::all_nodes() const {
  std::vector<NodeId> nodes{kGateway};
  for (const NodeState& node : parts_.controller.state().nodes) nodes.push_back(node.id);
  return nodes;
}

std::string RestGateway::name_of(NodeId node) const {
  if (node.is_gateway()) return std::string(control::kGatewayName);
  const auto& nodes = parts_.controller.state().nodes;
  const auto found = std::ranges::find(nodes, node, &NodeState::id);
  return found == nodes.end() ? std::to_string(node.value()) : found->name;
}

std::optional<NodeId> RestGateway::node_named(const std::string& name) const {
  if (name == control::kGatewayName) return kGateway;
  const auto& nodes = parts_.controller.state().nodes;
  const auto found = std::ranges::find(nodes, name, &NodeState::name);
  return found == nodes.end() ? std::nullopt : std::optional(found->id);
}

NodeShare RestGateway::configured_share(NodeId node) const {
  const control::Configuration& configuration = parts_.configuration;
  if (node.is_gateway()) return {configuration.gateway.weight, configuration.gateway.draining};
  const auto found = std::ranges::find(configuration.nodes, node, &control::NodeConfig::id);
  return found == configuration.nodes.end() ? NodeShare{}
                                            : NodeShare{found->weight, found->draining};
}

NodeView RestGateway::view_of(NodeId node) const {
  const switching::ClusterState& state = parts_.controller.state();
  const NodeShare share = control::share_of(state, node).value_or(NodeShare{});
  const NodeShare configured = configured_share(node);
  NodeView view;
  view.name = name_of(node);
  view.id = node;
  view.address = state.interconnect.address.address;
  view.weight = share.weight;
  view.draining = share.draining;
  view.configured_weight = configured.weight;
  view.configured_draining = configured.draining;
  const NodeChange change = parts_.roster.of(view.name);
  view.changed_weight = change.weight;
  view.changed_draining = change.draining;
  view.leases = static_cast<std::size_t>(
      std::ranges::count(state.leases, node, &switching::LeaseState::node));
  if (node.is_gateway()) return view;
  const auto found = std::ranges::find(state.nodes, node, &NodeState::id);
  if (found != state.nodes.end()) {
    view.address = found->address;
    view.up = found->up;
  }
  if (!parts_.agents) return view;
  const auto agent = parts_.agents->agent_of(node);
  view.agent = agent.has_value();
  if (agent && agent->load) view.load = *agent->load / kLoadUnit;
  return view;
}

void RestGateway::list_connections(const rest::ConnectionQuery& query, Listed listed) {
  const auto service = [this](ServiceIndex index) {
    const auto& names = parts_.publisher.current().service_names;
    return index < names.size() ? names[index] : std::string();
  };
  rest::list_connections(parts_.engine.workers(), query,
                         {.node = [this](NodeId node) { return name_of(node); },
                          .service = service,
                          .now = [] { return datapath::coarse_seconds(); }},
                         std::move(listed));
}

void RestGateway::route(const rest::RouteQuestion& question, Routed routed) {
  rest::explain_route(
      parts_.engine.workers(), question,
      {.node = [this](NodeId node) { return name_of(node); },
       .snapshot = [this]() -> const switching::Snapshot& { return parts_.publisher.current(); }},
      std::move(routed));
}

std::optional<NodeView> RestGateway::change_node(const std::string& name,
                                                 const rest::NodeWish& wish) {
  const auto node = node_named(name);
  if (!node) return std::nullopt;
  const NodeChange before = parts_.roster.of(name);
  const NodeChange after{wish.weight.over(before.weight), wish.draining.over(before.draining)};
  if (after != before) change_share(name, *node, after);
  return view_of(*node);
}

void RestGateway::change_share(const std::string& name, NodeId node, const NodeChange& change) {
  const NodeChange before = parts_.roster.of(name);
  const NodeShare share = change.over(configured_share(node));
  parts_.roster.set(name, change);
  try {
    parts_.controller.set_node_share(node, share);
  } catch (...) {
    parts_.roster.set(name, before);
    throw;
  }
  parts_.log.info("node_changed",
                  {{"node", name}, {"weight", share.weight}, {"draining", share.draining}});
}

}  // namespace encluster
