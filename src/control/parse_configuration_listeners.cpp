#include "control/parse_configuration_sections.hpp"

namespace encluster::control {

namespace {

std::optional<ListenerConfig> parse_listener(const YamlValue& value) {
  if (!value.present()) return std::nullopt;
  YamlSection section(value);
  Endpoint listen;
  std::string token_file;
  section.require("listen", listen, endpoint());
  section.require("token_file", token_file, printable());
  section.finish();
  return ListenerConfig{listen.address, listen.port, token_file};
}

}  // namespace

void parse_listeners(YamlSection& root, Configuration& configuration) {
  configuration.agents = parse_listener(root.value("agents"));
  configuration.rest = parse_listener(root.value("rest"));
}

}  // namespace encluster::control
