#include <fmt/format.h>

#include <algorithm>

#include "control/parse_configuration_sections.hpp"

namespace encluster::control {

namespace {

constexpr std::size_t kMaxServices = 4096;
constexpr std::size_t kMaxClients = 256;  // of one export
constexpr std::size_t kNamedNodes = 10;
constexpr std::uint32_t kMaxMilliseconds = 3'600'000;
constexpr std::uint32_t kMaxAttempts = 100;

CheckConfig parse_check(const YamlValue& value) {
  YamlSection section(value);
  CheckConfig check;
  const auto read_milliseconds = [&section](const char* key, std::chrono::milliseconds& target) {
    auto milliseconds = static_cast<std::uint32_t>(target.count());
    section.read(key, milliseconds, number<std::uint32_t>(10, kMaxMilliseconds));
    target = std::chrono::milliseconds(milliseconds);
  };
  read_milliseconds("interval_ms", check.interval);
  read_milliseconds("timeout_ms", check.timeout);
  section.read("fall", check.fall, number<std::uint32_t>(1, kMaxAttempts));
  section.read("rise", check.rise, number<std::uint32_t>(1, kMaxAttempts));
  section.finish();
  return check;
}

/// Either `plugin` with its candidates and options, or `node`.
void parse_destination(YamlSection& section, ServiceConfig& service, const Format<NodeId>& node) {
  section.read("plugin", service.plugin, name());
  const YamlValue single = section.value("node");
  const YamlValue candidates = section.value("nodes");
  if (!section.readable()) return;
  if (single.present() == section.has("plugin")) {
    section.report().refuse(section.key(), single.present() ? "both plugin and node" : "neither",
                            "either plugin or node");
    return;
  }
  if (single.present()) {
    section.require("node", service.node, node);
    if (candidates.present()) {
      section.report().refuse(candidates.key(), "nodes of a service without plugin",
                              "node, or plugin with nodes");
    }
    return;
  }
  for (const YamlValue& value : candidates.items(std::size_t{kMaxNodeId} + 1)) {
    if (const auto id = value.as(node)) service.nodes.push_back(*id);
  }
  for (const std::string& option : section.others()) {
    std::string text;
    section.require(option, text, printable());
    service.options.emplace(option, std::move(text));
  }
}

ServiceEntry parse_service(const YamlValue& value, const Format<NodeId>& node) {
  YamlSection section(value);
  ServiceEntry entry;
  ServicePort port;
  section.require("name", entry.config.name, name());
  section.require("port", port, service_port());
  if (const YamlValue check = section.value("check"); check.present()) {
    entry.check = parse_check(check);
  }
  parse_destination(section, entry.config, node);
  section.finish();
  entry.config.port = port.port;
  entry.config.protocol = port.protocol;
  return entry;
}

ExportConfig parse_export(const YamlValue& value, const Format<NodeId>& node) {
  YamlSection section(value);
  ExportConfig exported;
  section.require("path", exported.path, absolute_path());
  section.require("node", exported.node, node);
  for (const YamlValue& item : section.value("keys").items(kMaxExportKeys)) {
    if (const auto key = item.as(file_system_key())) exported.keys.push_back(*key);
  }
  for (const YamlValue& item : section.value("clients").items(kMaxClients)) {
    if (const auto range = item.as(address_range())) exported.clients.push_back(*range);
  }
  section.finish();
  return exported;
}

}  // namespace

Format<NodeId> node_name(const Configuration& configuration, bool or_gateway) {
  std::vector<std::pair<std::string, NodeId>> nodes;
  if (or_gateway) nodes.emplace_back("gateway", kGateway);
  for (const NodeConfig& node : configuration.nodes) nodes.emplace_back(node.name, node.id);
  std::vector<std::string> shown;
  for (const auto& [name, id] : nodes) {
    if (shown.size() < kNamedNodes) shown.push_back(name);
  }
  std::string allowed = fmt::format("the name of a node: {}", fmt::join(shown, ", "));
  if (shown.size() < nodes.size()) allowed += ", ...";
  Format<NodeId> format = one_of(std::move(nodes));
  format.allowed = std::move(allowed);
  return format;
}

void parse_services(YamlSection& root, Configuration& configuration) {
  const Format<NodeId> node = node_name(configuration, true);
  for (const YamlValue& value : root.value("services").items(kMaxServices)) {
    configuration.services.push_back(parse_service(value, node));
  }
  for (const YamlValue& value : root.value("exports").items(kMaxExports)) {
    configuration.exports.push_back(parse_export(value, node));
  }
}

}  // namespace encluster::control
