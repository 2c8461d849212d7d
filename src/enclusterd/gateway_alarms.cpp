#include "enclusterd/gateway_alarms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "agent_protocol/names.hpp"
#include "switching/counters.hpp"

namespace encluster {

namespace {

using control::AlarmFacts;
using switching::Counters;
using switching::Snapshot;

/// More are not listed: they would be told as `more` anyway.
constexpr std::size_t kMostConflicts = 1024;

std::string name_of(const switching::ClusterState& state, NodeId node) {
  if (node.is_gateway()) return std::string(control::kGatewayName);
  const auto found = std::ranges::find(state.nodes, node, &switching::NodeState::id);
  return found == state.nodes.end() ? std::to_string(node.value()) : found->name;
}

/// As the workers would find: a service with one node needs no more than that it is up.
bool has_node(const ServiceConfig& service, const Snapshot& snapshot) {
  const auto& nodes = snapshot.nodes;
  const auto takes = [&](NodeId node) {
    return node.value() < nodes.size() && nodes[node.value()].takes_new_sessions();
  };
  if (service.plugin.empty()) {
    return service.node.value() < nodes.size() && nodes[service.node.value()].up;
  }
  if (!service.nodes.empty()) return std::ranges::any_of(service.nodes, takes);
  return std::any_of(nodes.begin() + (nodes.empty() ? 0 : 1), nodes.end(),
                     [](const NodeStatus& node) { return node.takes_new_sessions(); });
}

void add_nodes(AlarmFacts& facts, const RestParts& parts) {
  for (const switching::NodeState& node : parts.controller.state().nodes) {
    if (!node.up) {
      facts.nodes_down.push_back({node.name, "it does not answer, or fails its checks"});
    } else if (parts.agents && parts.agents->awaits(node.id)) {
      facts.agents_away.push_back({node.name, "its agent has not joined"});
    }
  }
  for (const ServiceConfig& service : parts.controller.state().services) {
    if (has_node(service, parts.publisher.current())) continue;
    facts.services_without_node.push_back({service.name, "no node takes new sessions"});
  }
}

void add_agents(AlarmFacts& facts, const RestParts& parts) {
  if (!parts.agents) return;
  const control::AgentCounts counts = parts.agents->counts();
  facts.agent_refusals["address"] = counts.refused_addresses;
  for (const auto& [reason, count] : counts.refused) {
    facts.agent_refusals[std::string(agent_protocol::name_of(reason))] = count;
  }
  std::map<std::string, std::string> ports;
  for (const control::PortConflict& one : parts.agents->conflicts(kMostConflicts)) {
    const auto& state = parts.controller.state();
    std::string& text = ports[control::to_text(one.port)];
    if (text.empty()) text = fmt::format("{} has it; wanted by", name_of(state, one.owner));
    text += ' ';
    text += name_of(state, one.wants);
  }
  for (auto& [port, text] : ports) facts.port_conflicts.push_back({port, std::move(text)});
}

void add_exports(AlarmFacts& facts, const RestParts& parts) {
  for (const auto& [node, refused] : parts.exports.current().refused) {
    const std::string name = name_of(parts.controller.state(), node);
    for (const agent_protocol::RefusedExport& one : refused) {
      std::string text(agent_protocol::name_of(one.reason));
      if (!one.owner.empty()) text += fmt::format(": {}:{}", one.owner, one.other);
      facts.exports_refused.push_back({fmt::format("{}:{}", name, one.path), std::move(text)});
    }
  }
}

void add_levels(AlarmFacts& facts, const RestParts& parts) {
  const std::vector<const Counters*> blocks = parts.engine.counters();
  for (const Counters* const block : blocks) {
    facts.connections.used += block->connections.value();
    facts.handshakes.used += block->embryonic.value();
  }
  const auto& limits = parts.configuration.connections;
  facts.connections.limit = std::uint64_t{limits.maximum} * blocks.size();
  facts.handshakes.limit = std::uint64_t{limits.embryonic} * blocks.size();
  facts.buffers = {parts.devices.buffers_in_use(), parts.devices.buffers()};
}

}  // namespace

void GatewayAlarms::look(const RestParts& parts) {
  AlarmFacts facts;
  add_nodes(facts, parts);
  add_agents(facts, parts);
  add_exports(facts, parts);
  add_levels(facts, parts);
  facts.reload_refused = reload_refused_;
  facts.snapshot_refused = parts.controller.refusal();
  facts.recovering = !parts.recovery.is_over();
  watch_.look(facts, {std::chrono::steady_clock::now(), std::chrono::system_clock::now()});
}

}  // namespace encluster
