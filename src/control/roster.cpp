#include "control/roster.hpp"

#include <fmt/format.h>

#include <utility>

#include "control/configuration.hpp"
#include "control/configuration_format.hpp"
#include "control/replace_file.hpp"
#include "control/yaml_document.hpp"
#include "control/yaml_reader.hpp"

namespace encluster::control {

namespace {

namespace fs = std::filesystem;

constexpr const char* kHeader =
    "# Changes of nodes made at run time, kept by enclusterd. They win over the configuration "
    "until\n"
    "# they are cleared.\n";

void parse_node(const YamlValue& value, NodeChanges& changes) {
  YamlSection section(value);
  std::string node;
  NodeChange change;
  section.require("name", node, name());
  section.read("weight", change.weight, number<std::uint16_t>(0, kMaxWeight));
  section.read("draining", change.draining, boolean());
  section.finish();
  if (change.empty()) return;
  if (!changes.emplace(node, change).second) {
    section.report().refuse(section.key() + ".name", "a second " + shown(node), "each node once");
  }
}

}  // namespace

NodeChanges parse_roster(const std::string& text, const fs::path& file) {
  ConfigurationReport report{ConfigurationPlaces(file)};
  YamlSection root(YamlValue(parse_yaml(text, report), "", report));
  NodeChanges changes;
  const YamlValue nodes = root.value("nodes");
  if (!nodes.present()) nodes.refuse("a list");
  for (const YamlValue& value : nodes.items(std::size_t{kMaxNodeId} + 1)) {
    parse_node(value, changes);
  }
  root.finish();
  report.raise_if_any();
  return changes;
}

std::string format_roster(const NodeChanges& changes) {
  std::string text = kHeader;
  text += changes.empty() ? "nodes: []\n" : "nodes:\n";
  for (const auto& [node, change] : changes) {
    text += fmt::format("  - {{name: \"{}\"", node);
    if (change.weight) text += fmt::format(", weight: {}", *change.weight);
    if (change.draining) text += fmt::format(", draining: {}", *change.draining);
    text += "}\n";
  }
  return text;
}

Roster::Roster(fs::path file) : file_(std::move(file)) {
  std::error_code error;
  if (fs::symlink_status(file_, error).type() == fs::file_type::not_found) return;
  try {
    changes_ = parse_roster(read_configuration_file(file_), file_);
  } catch (const std::exception& problem) {
    problem_ = problem.what();
    damaged_ = true;
  }
}

NodeChange Roster::of(std::string_view node) const {
  const auto found = changes_.find(node);
  return found == changes_.end() ? NodeChange{} : found->second;
}

void Roster::set(const std::string& node, const NodeChange& change) {
  NodeChanges next = changes_;
  if (change.empty()) {
    next.erase(node);
  } else {
    next[node] = change;
  }
  replace(std::move(next));
}

std::set<std::string> Roster::keep_only(const std::set<std::string>& nodes) {
  NodeChanges next = changes_;
  std::set<std::string> forgotten;
  std::erase_if(next, [&](const auto& entry) {
    if (nodes.contains(entry.first)) return false;
    forgotten.insert(entry.first);
    return true;
  });
  replace(std::move(next));
  return forgotten;
}

void Roster::replace(NodeChanges next) {
  if (next == changes_) return;
  if (std::exchange(damaged_, false)) put_aside(file_);
  replace_file(file_, format_roster(next), Readable::by_all);
  changes_ = std::move(next);
}

void Roster::apply_to(switching::ClusterState& state) const {
  const auto apply = [&](std::string_view name, NodeId id) {
    if (const auto share = share_of(state, id)) set_share(state, id, of(name).over(*share));
  };
  apply(kGatewayName, kGateway);
  for (const switching::NodeState& node : state.nodes) apply(node.name, node.id);
}

}  // namespace encluster::control
