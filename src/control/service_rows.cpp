#include "control/service_rows.hpp"

#include <algorithm>

namespace encluster::control {

using agent_protocol::LeasedPort;
using agent_protocol::RpcVersion;
using agent_protocol::RpcVersions;
using agent_protocol::ServiceResult;

void ServiceRows::add(const LeasedPort& port, Row row, const MayTell& may_tell) {
  remove(port);
  refused_.erase({row.node, port});
  const Row& added = rows_.emplace(port, std::move(row)).first->second;
  for (const RpcVersion& program : added.programs) {
    if (!may_tell(added.node, program.program)) continue;
    const auto [owner, is_new] = owners_.try_emplace({program, port.protocol}, port);
    if (!is_new && rows_.at(owner->second).node == added.node) owner->second = port;
  }
}

void ServiceRows::remove(const LeasedPort& port) {
  const auto found = rows_.find(port);
  if (found == rows_.end()) return;
  disown(*found);
  rows_.erase(found);
}

void ServiceRows::disown(const Rows::value_type& row) {
  for (const RpcVersion& program : row.second.programs) {
    const auto owner = owners_.find({program, row.first.protocol});
    if (owner != owners_.end() && owner->second == row.first) owners_.erase(owner);
  }
}

std::map<LeasedPort, ServiceRows::Row> ServiceRows::remove_all(NodeId node) {
  std::map<LeasedPort, Row> removed;
  std::erase_if(rows_, [&](auto& entry) {
    if (entry.second.node != node) return false;
    disown(entry);
    removed.emplace(entry.first, std::move(entry.second));
    return true;
  });
  return removed;
}

void ServiceRows::keep_only(const Leases::Ports& leases) {
  std::erase_if(rows_, [&](const auto& entry) {
    const auto lease = leases.find(entry.first);
    if (lease != leases.end() && lease->second == entry.second.node) return false;
    disown(entry);
    return true;
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

std::optional<NodeId> ServiceRows::rival(NodeId node, Protocol protocol,
                                         const RpcVersions& programs,
                                         const MayTell& may_tell) const {
  for (const RpcVersion& program : programs) {
    if (!may_tell(node, program.program)) continue;
    const auto owner = owners_.find({program, protocol});
    if (owner == owners_.end()) continue;
    const NodeId other = rows_.at(owner->second).node;
    if (other != node) return other;
  }
  return std::nullopt;
}

std::size_t ServiceRows::programs_beside(NodeId node, const LeasedPort& port) const {
  std::size_t programs = 0;
  for (const auto& [other, row] : rows_) {
    if (row.node == node && other != port) programs += row.programs.size();
  }
  return programs;
}

std::optional<std::vector<ToldProgram>> ServiceRows::settle(const MayTell& may_tell) {
  std::erase_if(owners_, [&](const auto& owner) {
    return !may_tell(rows_.at(owner.second).node, owner.first.first.program);
  });
  for (const auto& [port, row] : rows_) {
    for (const RpcVersion& program : row.programs) {
      if (may_tell(row.node, program.program)) owners_.try_emplace({program, port.protocol}, port);
    }
  }
  std::vector<ToldProgram> told;
  for (const auto& [program, port] : owners_) {
    if (told.size() < kMaxTold) told.push_back({program.first, port});
  }
  if (told == told_) return std::nullopt;
  told_ = told;
  return told;
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
