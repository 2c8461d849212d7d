#include "control/parse_configuration_sections.hpp"

namespace encluster::control {

namespace {

constexpr std::size_t kMaxRanges = 256;

AllowedByNode parse_allowed(const YamlValue& value, const Format<NodeId>& node) {
  YamlSection section(value);
  AllowedByNode allowed;
  section.require("node", allowed.node, node);
  for (const YamlValue& item : section.value("ports").items(kMaxRanges)) {
    if (const auto range = item.as(service_ports())) allowed.ports.push_back(*range);
  }
  for (const YamlValue& item : section.value("exports").items(kMaxRanges)) {
    if (const auto path = item.as(absolute_path())) allowed.exports.push_back(*path);
  }
  for (const YamlValue& item : section.value("programs").items(kMaxRanges)) {
    if (const auto program = item.as(rpc_program())) allowed.programs.push_back(*program);
  }
  section.finish();
  if (section.readable() && !section.has("ports") && !section.has("exports")) {
    section.report().refuse(section.key(), "neither", "ports, exports or both");
  } else if (section.has("programs") && !section.has("ports")) {
    section.report().refuse(section.key() + ".programs", "programs without ports",
                            "ports where they may be, besides");
  }
  return allowed;
}

std::optional<AgentsConfig> parse_agents(const YamlValue& value, const Format<NodeId>& node) {
  if (!value.present()) return std::nullopt;
  YamlSection section(value);
  Endpoint listen;
  AgentsConfig agents;
  const auto read_file = [&section](const char* key, std::filesystem::path& target) {
    std::string file = target.string();
    section.read(key, file, printable());
    target = file;
  };
  std::string token_file;
  section.require("listen", listen, endpoint());
  section.require("token_file", token_file, printable());
  read_file("certificate_file", agents.certificate_file);
  read_file("key_file", agents.key_file);
  read_file("exports_file", agents.exports_file);
  for (const YamlValue& item : section.value("allow").items(kMaxNodeId)) {
    agents.allow.push_back(parse_allowed(item, node));
  }
  section.finish();
  agents.address = listen.address;
  agents.port = listen.port;
  agents.token_file = token_file;
  return agents;
}

std::optional<RestConfig> parse_rest(const YamlValue& value) {
  if (!value.present()) return std::nullopt;
  YamlSection section(value);
  Endpoint listen;
  RestConfig rest;
  std::string token_file;
  std::string roster_file = rest.roster_file;
  section.require("listen", listen, endpoint());
  section.require("token_file", token_file, printable());
  section.read("roster_file", roster_file, printable());
  section.finish();
  rest.address = listen.address;
  rest.port = listen.port;
  rest.token_file = token_file;
  rest.roster_file = roster_file;
  return rest;
}

}  // namespace

void parse_listeners(YamlSection& root, Configuration& configuration) {
  configuration.agents = parse_agents(root.value("agents"), node_name(configuration, false));
  configuration.rest = parse_rest(root.value("rest"));
}

}  // namespace encluster::control
