// Another configuration: the part of AgentRegistry that sees who stays.
#include "control/agent_registry.hpp"

namespace encluster::control {

using agent_protocol::RefusalReason;

namespace {

bool is_same(const AgentNode& a, const AgentNode& b) {
  return a.name == b.name && a.address == b.address;
}

/// Nodes that are the same under the next configuration.
std::set<NodeId> staying(const AgentView& before, const AgentView& next) {
  std::set<NodeId> nodes;
  for (const auto& [id, node] : before.nodes) {
    const auto found = next.nodes.find(id);
    if (found != next.nodes.end() && is_same(node, found->second)) nodes.insert(id);
  }
  return nodes;
}

std::set<std::string> names_of(const AgentView& view) {
  std::set<std::string> names;
  for (const auto& [id, node] : view.nodes) names.insert(node.name);
  return names;
}

}  // namespace

std::vector<switching::LeaseState> AgentRegistry::leases_under(const AgentView& next) const {
  Leases remaining = leases_;
  remaining.reconfigure(next.leasable, staying(view_, next));
  end_disallowed(remaining, next);
  return remaining.rows();
}

void AgentRegistry::reconfigure(AgentView view, AgentTokens tokens) {
  const std::set<NodeId> same = staying(view_, view);
  std::set<NodeId> leaving = leases_.reconfigure(view.leasable, same);
  leaving.merge(end_disallowed(leases_, view));
  services_.keep_only(leases_.all());
  const AgentView before = std::exchange(view_, std::move(view));
  tell_programs();
  tokens_ = std::move(tokens);
  host_keys_.keep_only(names_of(view_));
  for (auto* const nodes : {&down_, &dead_}) {
    std::erase_if(*nodes, [&](NodeId node) { return !same.contains(node); });
  }
  std::erase_if(exports_, [&](const auto& told) { return !same.contains(told.first); });
  for (const auto& [id, member] : members_) {
    const bool stays = same.contains(id) && tokens_.match(view_.name_of(id), member.token);
    if (!stays) leaving.insert(id);
  }
  for (const NodeId node : leaving) {
    send_away(node, RefusalReason::reconfigured, "the gateway's configuration changed");
  }
  for (const auto& [id, member] : std::map(members_)) {
    const auto& settings = view_.nodes.at(id).settings;
    const bool changed = settings != before.nodes.at(id).settings;
    if (changed && member.welcomed) member.peer->send(settings);
  }
}

}  // namespace encluster::control
