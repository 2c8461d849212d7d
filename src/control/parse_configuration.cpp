#include "control/parse_configuration.hpp"

#include <algorithm>

#include "control/configuration_validation.hpp"
#include "control/parse_configuration_sections.hpp"
#include "control/yaml_document.hpp"

namespace encluster::control {

namespace {

constexpr std::uint32_t kMaxSlowStart = 3600;

void parse_cluster(YamlSection& root, Configuration& configuration) {
  YamlSection cluster(root.value("cluster"));
  auto slow_start = static_cast<std::uint32_t>(configuration.cluster.slow_start.count());
  cluster.require("name", configuration.cluster.name, name());
  cluster.read("slow_start", slow_start, number<std::uint32_t>(0, kMaxSlowStart));
  cluster.finish();
  configuration.cluster.slow_start = std::chrono::seconds(slow_start);
}

/// Files are named relative to the configuration, wherever the program was started.
void anchor_files(Configuration& configuration, const std::filesystem::path& folder) {
  for (std::filesystem::path& plugin : configuration.plugins) plugin = folder / plugin;
  if (auto& agents = configuration.agents) {
    agents->token_file = folder / agents->token_file;
    agents->certificate_file = folder / agents->certificate_file;
    agents->key_file = folder / agents->key_file;
    agents->exports_file = folder / agents->exports_file;
  }
  if (auto& rest = configuration.rest) {
    rest->token_file = folder / rest->token_file;
    rest->roster_file = folder / rest->roster_file;
  }
}

}  // namespace

Configuration parse_configuration(const std::filesystem::path& file) {
  return parse_configuration_text(read_configuration_file(file), file);
}

Configuration parse_configuration_text(const std::string& text, const std::filesystem::path& file) {
  ConfigurationReport report{ConfigurationPlaces(file)};
  YamlSection root(YamlValue(parse_yaml(text, report), "", report));
  Configuration configuration;
  parse_cluster(root, configuration);
  parse_topology(root, configuration);
  parse_machine(root, configuration);
  parse_services(root, configuration);
  parse_listeners(root, configuration);
  root.finish();
  report.raise_if_any();
  refuse_contradictions(configuration, report);
  report.raise_if_any();
  anchor_files(configuration, file.parent_path());
  configuration.places = report.places();
  return configuration;
}

}  // namespace encluster::control
