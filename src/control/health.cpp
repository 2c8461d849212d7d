#include "control/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace encluster::control {
namespace {

std::vector<NodeId> candidates(const ServiceConfig& service, const std::vector<NodeConfig>& nodes) {
  if (service.plugin.empty()) return {service.node};
  if (!service.nodes.empty()) return service.nodes;
  std::vector<NodeId> all;
  for (const NodeConfig& node : nodes) all.push_back(node.id);
  return all;
}

}  // namespace

std::vector<CheckTarget> check_targets(const std::vector<ServiceEntry>& services,
                                       const std::vector<NodeConfig>& nodes) {
  std::vector<CheckTarget> targets;
  for (const auto& [service, check] : services) {
    if (!check || service.protocol != Protocol::tcp) continue;
    for (const NodeId id : candidates(service, nodes)) {
      const auto node = std::ranges::find(nodes, id, &NodeConfig::id);
      if (node == nodes.end()) continue;
      targets.push_back({.node = id,
                         .address = node->address,
                         .port = service.port,
                         .service = service.name,
                         .check = *check});
    }
  }
  return targets;
}

void Health::watch(const std::vector<NodeConfig>& nodes, const std::vector<CheckTarget>& targets) {
  const auto before = std::exchange(nodes_, {});
  for (const NodeConfig& config : nodes) {
    Node& node = nodes_[config.id];
    node.address = config.address;
    const auto known = before.find(config.id);
    const bool same = known != before.end() && known->second.address == config.address;
    if (same) node.answers = known->second.answers;
    for (const CheckTarget& target : targets) {
      if (target.node != config.id) continue;
      Check& check = node.checks[target.service];
      check.target = target;
      if (!same) continue;
      const auto old = known->second.checks.find(target.service);
      if (old != known->second.checks.end() && old->second.target == target) check = old->second;
    }
  }
  for (const auto& [id, node] : before) {
    if (nodes_.contains(id)) tell_if_changed(id, node.up(), "the configuration changed");
  }
}

void Health::note_neighbour(Egress egress, Ipv4Address address, NeighbourState state) {
  if (egress != kInterconnect) return;
  if (!has_mac(state) && state != NeighbourState::failed) return;
  for (auto& [id, node] : nodes_) {
    if (node.address != address) continue;
    const bool before = node.up();
    node.answers = has_mac(state);
    tell_if_changed(id, before, node.answers ? "answers ARP again" : "does not answer ARP");
    return;
  }
}

void Health::note_check(const CheckTarget& target, bool connected) {
  const auto node = nodes_.find(target.node);
  if (node == nodes_.end()) return;
  const auto found = node->second.checks.find(target.service);
  if (found == node->second.checks.end() || found->second.target != target) return;
  Check& check = found->second;
  if (connected == check.up) {
    check.streak = 0;
    return;
  }
  if (++check.streak < (check.up ? target.check.fall : target.check.rise)) return;
  const bool before = node->second.up();
  check.up = connected;
  tell_if_changed(target.node, before,
                  fmt::format("{} {} {} checks", target.service, connected ? "passed" : "failed",
                              std::exchange(check.streak, 0)));
}

bool Health::is_up(NodeId node) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end() && found->second.up();
}

bool Health::Node::up() const {
  return answers && std::ranges::all_of(checks, [](const auto& one) { return one.second.up; });
}

void Health::tell_if_changed(NodeId id, bool before, const std::string& reason) {
  const bool now = is_up(id);
  if (now != before) changed_(id, now, reason);
}

}  // namespace encluster::control
