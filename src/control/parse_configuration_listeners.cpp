#include "control/parse_configuration_sections.hpp"

namespace encluster::control {

namespace {

constexpr std::size_t kMaxRanges = 256;

AllowedServices parse_allowed(const YamlValue& value, const Format<NodeId>& node) {
  YamlSection section(value);
  AllowedServices allowed;
  section.require("node", allowed.node, node);
  const YamlValue ports = section.value("ports");
  if (section.readable() && !ports.present()) ports.refuse("a list of ports");
  for (const YamlValue& item : ports.items(kMaxRanges)) {
    if (const auto range = item.as(service_ports())) allowed.ports.push_back(*range);
  }
  section.finish();
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
