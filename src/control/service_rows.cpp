#include "control/service_rows.hpp"

#include <algorithm>

namespace encluster::control {

using agent_protocol::LeasedPort;
using agent_protocol::ServiceResult;

std::map<LeasedPort, std::string> ServiceRows::remove_all(NodeId node) {
  std::map<LeasedPort, std::string> removed;
  std::erase_if(rows_, [&](auto& entry) {
    if (entry.second.node != node) return false;
    removed.emplace(entry.first, std::move(entry.second.name));
    return true;
  });
  return removed;
}

void ServiceRows::keep_only(const Leases::Ports& leases) {
  std::erase_if(rows_, [&](const auto& entry) {
    const auto lease = leases.find(entry.first);
    return lease == leases.end() || lease->second != entry.second.node;
  });
}

bool ServiceRows::has(NodeId node, const LeasedPort& port) const {
  const auto found = rows_.find(port);
  return found != rows_.end() && found->second.node == node;
}

std::string ServiceRows::name_of(NodeId node, const LeasedPort& port) const {
  return has(node, port) ? rows_.at(port).name : std::string();
}

std::size_t ServiceRows::count(NodeId node) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      rows_, [node](const auto& entry) { return entry.second.node == node; }));
}

std::vector<std::pair<NodeId, LeasedPort>> ServiceRows::all() const {
  std::vector<std::pair<NodeId, LeasedPort>> result;
  for (const auto& [port, row] : rows_) result.emplace_back(row.node, port);
  return result;
}

bool ServiceRows::note_refusal(NodeId node, const LeasedPort& port, ServiceResult reason) {
  ++refusals_;
  const auto found = refused_.find({node, port});
  if (found != refused_.end()) return std::exchange(found->second, reason) != reason;
  const auto of_node = std::ranges::count_if(
      refused_, [node](const auto& entry) { return entry.first.first == node; });
  if (static_cast<std::size_t>(of_node) >= agent_protocol::kMaxServices) {
    std::erase_if(refused_, [node](const auto& entry) { return entry.first.first == node; });
  }
  refused_.emplace(std::pair{node, port}, reason);
  return true;
}

}  // namespace encluster::control
