#include "control/node_deaths.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace encluster::control {

NodeDeaths::NodeDeaths(std::chrono::milliseconds silence, Hooks hooks)
    : silence_(silence), hooks_(std::move(hooks)) {}

void NodeDeaths::watch(const std::vector<NodeConfig>& nodes) {
  const auto before = std::exchange(nodes_, {});
  for (const NodeConfig& config : nodes) {
    Node& node = nodes_[config.id];
    const auto known = before.find(config.id);
    if (known != before.end() && known->second.address == config.address) node = known->second;
    node.address = config.address;
  }
}

void NodeDeaths::heard(NodeId id, Time now) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end()) return;
  found->second.heard = now;
  note_sign(found->second);
}

void NodeDeaths::agent_left(NodeId id) {
  const auto found = nodes_.find(id);
  if (found == nodes_.end()) return;
  found->second.heard.reset();
  suspect(id, found->second, "its agent has gone");
}

void NodeDeaths::note_neighbour(Egress egress, Ipv4Address address, NeighbourState state) {
  if (egress != kInterconnect) return;
  const auto found = std::ranges::find_if(
      nodes_, [&](const auto& entry) { return entry.second.address == address; });
  if (found == nodes_.end()) return;
  Node& node = found->second;
  if (state == NeighbourState::failed) return note_failure(found->first, node);
  // An entry that is being checked has a MAC address, too: that is no answer yet.
  if (state == NeighbourState::confirmed) return note_sign(node);
  if (has_mac(state)) node.dead = node.told = false;
}

void NodeDeaths::note_failure(NodeId id, Node& node) {
  if (node.dead || node.heard) return;
  if (!node.suspected) return suspect(id, node, "does not answer ARP");
  node.suspected = false;
  node.dead = true;
  if (node.signs_then == signs_ && others_may_live(node)) return;
  node.told = true;
  hooks_.died(id);
}

void NodeDeaths::note_sign(Node& node) {
  ++signs_;
  node.suspected = node.dead = node.told = false;
  for (auto& [id, other] : nodes_) {
    if (!other.dead || other.told) continue;
    other.dead = false;
    other.suspected = true;  // as before: this sign is a witness
    hooks_.suspected(id, "did not answer when no other node did");
  }
}

/// Not so where all others have been found dead, and that was told, before.
bool NodeDeaths::others_may_live(const Node& node) const {
  return std::ranges::any_of(
      nodes_, [&](const auto& entry) { return &entry.second != &node && !entry.second.told; });
}

void NodeDeaths::look_for_silence(Time now) {
  for (auto& [id, node] : nodes_) {
    if (!node.heard) ask_if_due(id, node, now);
    if (!node.heard || now - *node.heard < silence_) continue;
    node.heard.reset();
    suspect(id, node, fmt::format("its agent is silent for {} ms", silence_.count()));
  }
}

void NodeDeaths::ask_if_due(NodeId id, Node& node, Time now) {
  if (node.dead || now - node.asked < kAsk) return;
  node.asked = now;
  hooks_.unheard(id);
}

void NodeDeaths::suspect(NodeId id, Node& node, const std::string& reason) {
  if (node.dead) return;
  node.suspected = true;
  node.signs_then = signs_;
  hooks_.suspected(id, reason);
}

}  // namespace encluster::control
