#include "control/port_conflicts.hpp"

#include <utility>

namespace encluster::control {

namespace {

/// There may be many, and who calls expire() may do so hundreds of times a second.
constexpr std::chrono::seconds kExpiryInterval{1};

}  // namespace

bool PortConflicts::note(NodeId node, const LeasedPort& port, NodeId owner, Time now) {
  auto& conflicts = nodes_[node];
  if (const auto known = conflicts.find(port); known != conflicts.end()) {
    known->second.asked = now;
    const bool news = std::exchange(known->second.owner, owner) != owner;
    total_ += news ? 1 : 0;
    return news;
  }
  ++total_;
  if (conflicts.size() < kMost) {
    conflicts.emplace(port, Conflict{owner, now});
    ++lasting_;
  }
  return true;
}

bool PortConflicts::settle(NodeId node, const LeasedPort& port) {
  const auto conflicts = nodes_.find(node);
  if (conflicts == nodes_.end() || conflicts->second.erase(port) == 0) return false;
  --lasting_;
  return true;
}

void PortConflicts::expire(Time now) {
  if (now < next_expiry_) return;
  next_expiry_ = now + kExpiryInterval;
  for (auto& [node, conflicts] : nodes_) {
    lasting_ -= std::erase_if(
        conflicts, [now](const auto& entry) { return now - entry.second.asked >= kForget; });
  }
}

std::vector<PortConflict> PortConflicts::some(std::size_t most) const {
  std::vector<PortConflict> all;
  for (const auto& [node, conflicts] : nodes_) {
    for (const auto& [port, conflict] : conflicts) {
      if (all.size() == most) return all;
      all.push_back({port, conflict.owner, node});
    }
  }
  return all;
}

}  // namespace encluster::control
