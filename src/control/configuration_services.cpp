#include "control/configuration_services.hpp"

#include <fmt/format.h>

namespace encluster::control {

namespace {

std::string names_of(const switching::PluginRegistry& plugins) {
  std::string names;
  for (const auto& [name, make_routing] : plugins) names += (names.empty() ? "" : ", ") + name;
  return names;
}

ClusterView view_of(const Configuration& configuration) {
  ClusterView view{.nodes = {kGateway}, .exports = configuration.exports};
  for (const NodeConfig& node : configuration.nodes) view.nodes.push_back(node.id);
  return view;
}

void check_service(const ServiceConfig& service, const std::string& key, const ClusterView& view,
                   const switching::PluginRegistry& plugins, ConfigurationReport& report) {
  const auto plugin = plugins.find(service.plugin);
  if (plugin == plugins.end()) {
    report.refuse(key + ".plugin", shown(service.plugin), "a plugin: " + names_of(plugins));
    return;
  }
  try {
    if (plugin->second(service, view) == nullptr) {
      report.refuse(key + ".plugin", "a plugin that makes no routing function",
                    "a plugin that does");
    }
  } catch (const ServiceError& error) {
    report.complain(key + '.' + error.key(), error.what());
  }
}

}  // namespace

void check_services(const Configuration& configuration, const switching::PluginRegistry& plugins) {
  ConfigurationReport report(configuration.places);
  const ClusterView view = view_of(configuration);
  for (std::size_t i = 0; i < configuration.services.size(); ++i) {
    const ServiceConfig& service = configuration.services[i].config;
    if (service.plugin.empty()) continue;
    check_service(service, fmt::format("services[{}]", i), view, plugins, report);
  }
  report.raise_if_any();
}

}  // namespace encluster::control
