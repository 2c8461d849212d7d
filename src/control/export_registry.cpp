#include "control/export_registry.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent_protocol/names.hpp"

namespace encluster::control {

using agent_protocol::Exports;
using agent_protocol::ExportsAnswer;
using agent_protocol::RefusedExport;
using agent_protocol::Tree;

namespace {

/// Bytes of all paths that an agent is told: less than it may leave unread.
constexpr std::size_t kMostTreeBytes = 512 * 1024;

const std::vector<RefusedExport>& refused_of(const ClusterExports& exports, NodeId node) {
  static const std::vector<RefusedExport> kNone;
  const auto found = exports.refused.find(node);
  return found == exports.refused.end() ? kNone : found->second;
}

/// As many as a message holds.
ExportsAnswer as_answer(const std::vector<RefusedExport>& refused) {
  ExportsAnswer answer;
  std::size_t bytes = 0;
  for (const RefusedExport& one : refused) {
    bytes += one.path.size() + one.other.size();
    if (answer.refused.size() == agent_protocol::kMaxRefused) break;
    if (bytes > agent_protocol::kMaxPathBytes) break;
    answer.refused.push_back(one);
  }
  return answer;
}

ExportBook open_book(const Configuration& configuration, Logger& log) {
  if (!configuration.agents) return {};
  ExportBook book(configuration.agents->exports_file);
  if (!book.problem().empty()) log.error("exports_damaged", {{"problem", book.problem()}});
  return book;
}

bool contains(const std::vector<RefusedExport>& all, const RefusedExport& one) {
  return std::ranges::find(all, one) != all.end();
}

}  // namespace

ExportRegistry::ExportRegistry(const Configuration& configuration, Hooks hooks, Logger& log)
    : configuration_(&configuration),
      hooks_(std::move(hooks)),
      log_(log),
      book_(open_book(configuration, log)) {
  ClusterExports first = exports_under(configuration);
  log_changes(first);
  current_ = std::move(first);
  tree_ = tree_of_cluster();
}

void ExportRegistry::reconfigure(const Configuration& configuration) {
  configuration_ = &configuration;
  std::set<std::string> names;
  for (const NodeConfig& node : configuration.nodes) names.insert(node.name);
  if (book_.keep_only(names)) save();
  adopt(exports_under(configuration));
}

void ExportRegistry::note(NodeId node, const Exports& told) {
  if (book_.note(name_of(*configuration_, node), told)) {
    save();
    ClusterExports next = exports_under(*configuration_);
    if (publish(next)) adopt(std::move(next));
  }
  answer(node);
}

bool ExportRegistry::publish(const ClusterExports& next) {
  if (next.exports == current_.exports && next.mount_ports == current_.mount_ports) return true;
  try {
    hooks_.publish(next);
    return true;
  } catch (const std::exception& problem) {
    log_.error("exports_failed", {{"problem", problem.what()}});
    return false;
  }
}

void ExportRegistry::save() {
  try {
    book_.save();
  } catch (const std::exception& problem) {
    log_.error("exports_not_kept", {{"problem", problem.what()}});
  }
}

void ExportRegistry::adopt(ClusterExports next) {
  log_changes(next);
  const ClusterExports before = std::exchange(current_, std::move(next));
  const auto tree_before = std::exchange(tree_, tree_of_cluster());
  for (const NodeConfig& node : configuration_->nodes) {
    if (refused_of(before, node.id) != refused_of(current_, node.id)) answer(node.id);
    if (tree_ != tree_before) hooks_.tell_tree(node.id, tree_);
  }
}

/// Nodes mount each other's exports, and the gateway's.
std::vector<Tree> ExportRegistry::tree_of_cluster() const {
  std::vector<Tree> parts(1);
  std::size_t bytes = 0;
  std::size_t all_bytes = 0;
  for (const ExportConfig& exported : current_.exports) {
    all_bytes += exported.path.size();
    if (all_bytes > kMostTreeBytes) {
      log_.warning("tree_cut", {{"exports", current_.exports.size()}, {"from", exported.path}});
      break;
    }
    bytes += exported.path.size();
    if (parts.back().entries.size() == agent_protocol::kMaxEntries ||
        bytes > agent_protocol::kMaxPathBytes) {
      parts.emplace_back();
      bytes = exported.path.size();
    }
    parts.back().entries.push_back({exported.path, name_of(*configuration_, exported.node),
                                    address_of(*configuration_, exported.node)});
  }
  parts.back().last = true;
  return parts;
}

void ExportRegistry::log_changes(const ClusterExports& next) const {
  for (const auto& [node, refused] : next.refused) {
    for (const RefusedExport& one : refused) {
      if (!contains(refused_of(current_, node), one)) log_refused(node, one);
    }
  }
  for (const auto& [node, refused] : current_.refused) {
    for (const RefusedExport& one : refused) {
      if (!contains(refused_of(next, node), one)) log_settled(node, one);
    }
  }
}

void ExportRegistry::log_refused(NodeId node, const RefusedExport& one) const {
  log_.warning("export_refused", {{"node", name_of(*configuration_, node)},
                                  {"path", one.path},
                                  {"reason", name_of(one.reason)},
                                  {"owner", one.owner.empty() ? "none" : one.owner},
                                  {"other", one.other.empty() ? "none" : one.other}});
}

void ExportRegistry::log_settled(NodeId node, const RefusedExport& one) const {
  log_.info("export_settled", {{"node", name_of(*configuration_, node)},
                               {"path", one.path},
                               {"reason", name_of(one.reason)}});
}

void ExportRegistry::answer(NodeId node) const {
  hooks_.tell(node, as_answer(refused_of(current_, node)));
}

}  // namespace encluster::control
