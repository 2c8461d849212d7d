#include "control/cluster_exports.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "control/directory.hpp"

namespace encluster::control {

namespace {

using agent_protocol::ExportedFileSystem;
using agent_protocol::ExportRefusal;
using agent_protocol::NodeExport;
using agent_protocol::RefusedExport;

bool is_allowed(const Configuration& configuration, NodeId node, const std::string& path) {
  if (!configuration.agents) return false;
  const auto& allowed = configuration.agents->allow;
  const auto entry = std::ranges::find(allowed, node, &AllowedByNode::node);
  return entry != allowed.end() &&
         std::ranges::any_of(entry->exports, [&](const std::string& directory) {
           return lies_in(path, directory);
         });
}

/// Adds nodes' exports one by one.
class Merger {
 public:
  explicit Merger(const Configuration& configuration) : configuration_(configuration) {
    result_.exports = configuration.exports;
    for (std::size_t i = 0; i < result_.exports.size(); ++i) {
      by_path_.emplace(result_.exports[i].path, i);
      for (const FileSystemKey& key : result_.exports[i].keys) by_key_.emplace(key, i);
    }
  }

  void add(const NodeConfig& node, const agent_protocol::Exports& told) {
    if (node.mount_port == PortNumber() && told.mount_port != PortNumber()) {
      result_.mount_ports.push_back({node.id, told.mount_port});
    }
    for (const NodeExport& exported : told.exports) {
      const auto index = entry_for(node.id, exported);
      if (!index) continue;
      for (const ExportedFileSystem& one : exported.file_systems) add(*index, one);
    }
  }

  [[nodiscard]] ClusterExports result() && { return std::move(result_); }

 private:
  /// The cluster's export that this one is; nothing if it may be none.
  std::optional<std::size_t> entry_for(NodeId node, const NodeExport& exported) {
    if (const auto known = by_path_.find(exported.path); known != by_path_.end()) {
      const ExportConfig& other = result_.exports[known->second];
      if (other.node == node) return known->second;
      refuse(node, exported.path, ExportRefusal::path_taken, other);
      return std::nullopt;
    }
    if (!is_allowed(configuration_, node, exported.path)) {
      refuse(node, exported.path, ExportRefusal::not_allowed);
      return std::nullopt;
    }
    if (result_.exports.size() == kMaxExports) {
      refuse(node, exported.path, ExportRefusal::too_many);
      return std::nullopt;
    }
    result_.exports.push_back({.path = exported.path, .node = node});
    return by_path_.emplace(exported.path, result_.exports.size() - 1).first->second;
  }

  void add(std::size_t index, const ExportedFileSystem& one) {
    ExportConfig& exported = result_.exports[index];
    if (one.key.kind() != FileSystemKeyKind::none) add_key(index, one);
    // A remote that has mounted both takes them for one file system.
    const auto [number, is_new] = by_fsid_.emplace(one.fsid, index);
    const ExportConfig& other = result_.exports[number->second];
    if (!is_new && other.node != exported.node) {
      refuse(exported.node, one.path, ExportRefusal::fsid_taken, other);
    }
  }

  void add_key(std::size_t index, const ExportedFileSystem& one) {
    ExportConfig& exported = result_.exports[index];
    const auto [key, is_new] = by_key_.emplace(one.key, index);
    const ExportConfig& other = result_.exports[key->second];
    if (!is_new) {
      if (other.node != exported.node) {
        refuse(exported.node, one.path, ExportRefusal::key_taken, other);
      }
    } else if (exported.keys.size() == kMaxExportKeys) {
      by_key_.erase(key);
      refuse(exported.node, one.path, ExportRefusal::too_many);
    } else {
      exported.keys.push_back(one.key);
    }
  }

  void refuse(NodeId node, const std::string& path, ExportRefusal reason) {
    result_.refused[node].push_back({path, reason, {}, {}});
  }
  void refuse(NodeId node, const std::string& path, ExportRefusal reason,
              const ExportConfig& other) {
    result_.refused[node].push_back(
        {path, reason, name_of(configuration_, other.node), other.path});
  }

  const Configuration& configuration_;
  ClusterExports result_;
  std::map<std::string, std::size_t> by_path_;  ///< indices of result_.exports
  std::map<FileSystemKey, std::size_t> by_key_;
  std::map<std::uint64_t, std::size_t> by_fsid_;
};

}  // namespace

void ClusterExports::apply_to(switching::ClusterState& state) const {
  state.exports = exports;
  for (const auto& [id, port] : mount_ports) {
    const auto node = std::ranges::find(state.nodes, id, &switching::NodeState::id);
    if (node != state.nodes.end()) node->mount_port = port;
  }
}

ClusterExports cluster_exports(const Configuration& configuration, const ExportBook& book) {
  Merger merger(configuration);
  for (const auto& [name, told] : book.nodes()) {
    const auto node = std::ranges::find(configuration.nodes, name, &NodeConfig::name);
    if (node != configuration.nodes.end()) merger.add(*node, told);
  }
  return std::move(merger).result();
}

}  // namespace encluster::control
