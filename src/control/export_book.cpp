#include "control/export_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "control/configuration_format.hpp"
#include "control/replace_file.hpp"
#include "control/yaml_document.hpp"
#include "control/yaml_reader.hpp"

namespace encluster::control {

namespace {

namespace fs = std::filesystem;
using agent_protocol::ExportedFileSystem;
using agent_protocol::Exports;
using agent_protocol::NodeExport;

constexpr const char* kHeader =
    "# What nodes export, as their agents found. Kept by enclusterd: remotes that have it mounted\n"
    "# must be served after a new start, too.\n";

ExportedFileSystem parse_file_system(const YamlValue& value) {
  YamlSection section(value);
  ExportedFileSystem found;
  section.require("path", found.path, absolute_path());
  section.require("key", found.key, file_system_key());
  section.require("fsid", found.fsid, number<std::uint64_t>(0, UINT64_MAX));
  section.finish();
  return found;
}

NodeExport parse_node_export(const YamlValue& value) {
  YamlSection section(value);
  NodeExport found;
  section.require("path", found.path, absolute_path());
  for (const YamlValue& item :
       section.value("file_systems").items(agent_protocol::kMaxFileSystems)) {
    found.file_systems.push_back(parse_file_system(item));
  }
  section.finish();
  return found;
}

BookedExports parse_node(const YamlValue& value) {
  YamlSection section(value);
  BookedExports booked;
  std::uint16_t port = 0;
  section.require("name", booked.node, name());
  section.read("mount_port", port, number<std::uint16_t>(1, 65535));
  booked.exports.mount_port = PortNumber(port);
  for (const YamlValue& item : section.value("exports").items(agent_protocol::kMaxExports)) {
    booked.exports.exports.push_back(parse_node_export(item));
  }
  section.finish();
  return booked;
}

/// In double quotes.
std::string quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string format_node_export(const NodeExport& exported) {
  std::string text = fmt::format("      - path: {}\n", quoted(exported.path));
  if (!exported.file_systems.empty()) text += "        file_systems:\n";
  for (const ExportedFileSystem& one : exported.file_systems) {
    if (one.key.kind() == FileSystemKeyKind::none) continue;  // leads nowhere
    text += fmt::format("          - {{path: {}, key: \"{}\", fsid: {}}}\n", quoted(one.path),
                        to_text(one.key), one.fsid);
  }
  return text;
}

/// What an export that is not known now was before.
void complete(Exports& told, const Exports& before) {
  if (told.mount_port == PortNumber()) told.mount_port = before.mount_port;
  for (NodeExport& exported : told.exports) {
    const auto known = std::ranges::find(before.exports, exported.path, &NodeExport::path);
    if (exported.file_systems.empty() && known != before.exports.end()) {
      exported.file_systems = known->file_systems;
    }
  }
}

}  // namespace

std::vector<BookedExports> parse_export_book(const std::string& text, const fs::path& file) {
  ConfigurationReport report{ConfigurationPlaces(file)};
  YamlSection root(YamlValue(parse_yaml(text, report), "", report));
  std::vector<BookedExports> nodes;
  const YamlValue list = root.value("nodes");
  if (!list.present()) list.refuse("a list");
  for (const YamlValue& value : list.items(kMaxNodeId)) nodes.push_back(parse_node(value));
  root.finish();
  report.raise_if_any();
  return nodes;
}

std::string format_export_book(const std::vector<BookedExports>& nodes) {
  std::string text = kHeader;
  text += nodes.empty() ? "nodes: []\n" : "nodes:\n";
  for (const auto& [node, exports] : nodes) {
    text += fmt::format("  - name: \"{}\"\n", node);
    if (exports.mount_port != PortNumber()) {
      text += fmt::format("    mount_port: {}\n", exports.mount_port.value());
    }
    if (!exports.exports.empty()) text += "    exports:\n";
    for (const NodeExport& exported : exports.exports) text += format_node_export(exported);
  }
  return text;
}

ExportBook::ExportBook(fs::path file) : file_(std::move(file)) {
  std::error_code error;
  if (fs::symlink_status(file_, error).type() == fs::file_type::not_found) return;
  try {
    nodes_ = parse_export_book(read_configuration_file(file_), file_);
  } catch (const std::exception& problem) {
    problem_ = problem.what();
    damaged_ = true;
  }
}

bool ExportBook::note(std::string_view node, const Exports& told) {
  Exports next = told;
  const auto booked = std::ranges::find(nodes_, node, &BookedExports::node);
  if (booked == nodes_.end()) {
    if (told.exports.empty()) return false;
    nodes_.push_back({std::string(node), std::move(next)});
    return true;
  }
  complete(next, booked->exports);
  if (next == booked->exports) return false;
  booked->exports = std::move(next);
  return true;
}

bool ExportBook::keep_only(const std::set<std::string>& nodes) {
  return std::erase_if(nodes_, [&](const BookedExports& booked) {
           return !nodes.contains(booked.node);
         }) != 0;
}

void ExportBook::save() {
  if (file_.empty()) return;
  const std::string text = format_export_book(nodes_);
  if (text.size() > kMaxConfigurationBytes) {
    throw std::runtime_error(fmt::format("{} would have more than {} bytes, and not be read again",
                                         file_.string(), kMaxConfigurationBytes));
  }
  if (std::exchange(damaged_, false)) put_aside(file_);
  replace_file(file_, text, Readable::by_all);
}

}  // namespace encluster::control
