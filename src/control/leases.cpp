#include "control/leases.hpp"

#include <algorithm>

#include "control/configuration_format.hpp"

namespace encluster::control {

std::string to_text(const agent_protocol::LeasedPort& port) {
  return std::to_string(port.port.value()) + '/' + to_text(port.protocol);
}

/// Ends the leases that meet the condition.
template <typename Condition>
void Leases::end_if(Condition condition) {
  std::erase_if(ports_, [&](const auto& lease) {
    if (!condition(lease.first, lease.second)) return false;
    const auto count = counts_.find(lease.second);
    if (--count->second == 0) counts_.erase(count);
    return true;
  });
}

void Leases::join(NodeId node, const std::vector<LeasedPort>& held, Time now) {
  const std::set<LeasedPort> kept(held.begin(), held.end());
  end_if(
      [&](const LeasedPort& port, NodeId owner) { return owner == node && !kept.contains(port); });
  for (const LeasedPort& port : kept) static_cast<void>(request(node, port, now));
}

Leases::LeaseResult Leases::request(NodeId node, const LeasedPort& port, Time now) {
  if (!leasable_(port)) return LeaseResult::not_leasable;
  if (const auto owner = this->owner(port)) {
    if (*owner == node) return LeaseResult::granted;
    const auto lost = lost_.find(*owner);
    if (lost == lost_.end()) return LeaseResult::taken;
    if (now < lost->second) return LeaseResult::quarantined;
    expire(now);
  }
  if (count(node) >= limits_.of_a_node) return LeaseResult::too_many;
  ports_.emplace(port, node);
  ++counts_[node];
  return LeaseResult::granted;
}

void Leases::release(NodeId node, const LeasedPort& port) {
  const auto found = ports_.find(port);
  if (found == ports_.end() || found->second != node) return;
  ports_.erase(found);
  const auto count = counts_.find(node);
  if (--count->second == 0) counts_.erase(count);
}

void Leases::lose(NodeId node, Time now) {
  lost_.try_emplace(node, now);
  heard(node, now);
}

void Leases::heard(NodeId node, Time now) {
  if (const auto found = lost_.find(node); found != lost_.end()) {
    found->second = std::max(found->second, now + limits_.quarantine);
  }
}

void Leases::find(NodeId node) { lost_.erase(node); }

bool Leases::has_expired(Time now) const {
  return std::ranges::any_of(
      lost_, [&](const auto& lost) { return lost.second <= now && count(lost.first) != 0; });
}

void Leases::expire(Time now) {
  end_if([&](const LeasedPort&, NodeId owner) {
    const auto found = lost_.find(owner);
    return found != lost_.end() && found->second <= now;
  });
}

std::set<NodeId> Leases::reconfigure(Leasable leasable, const std::set<NodeId>& nodes) {
  leasable_ = std::move(leasable);
  std::set<NodeId> losers;
  end_if([&](const LeasedPort& port, NodeId owner) {
    if (nodes.contains(owner) && leasable_(port)) return false;
    losers.insert(owner);
    return true;
  });
  std::erase_if(lost_, [&](const auto& lost) { return !nodes.contains(lost.first); });
  return losers;
}

void Leases::restore(Ports ports) {
  ports_ = std::move(ports);
  counts_.clear();
  for (const auto& [port, node] : ports_) ++counts_[node];
}

std::vector<switching::LeaseState> Leases::rows() const {
  std::vector<switching::LeaseState> rows;
  rows.reserve(ports_.size());
  for (const auto& [port, node] : ports_) {
    rows.push_back({.protocol = port.protocol, .port = port.port, .node = node});
  }
  return rows;
}

std::optional<NodeId> Leases::owner(const LeasedPort& port) const {
  const auto found = ports_.find(port);
  return found == ports_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t Leases::count(NodeId node) const {
  const auto found = counts_.find(node);
  return found == counts_.end() ? 0 : found->second;
}

std::size_t Leases::in_quarantine() const {
  std::size_t total = 0;
  for (const auto& [node, until] : lost_) total += count(node);
  return total;
}

}  // namespace encluster::control
