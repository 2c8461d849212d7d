// enclusterd: one address for a cluster. The parts list is in daemon.hpp.
#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "control/agent_files.hpp"
#include "control/configuration_error.hpp"
#include "control/log.hpp"
#include "control/parse_configuration.hpp"
#include "control/plugin_loader.hpp"
#include "enclusterd/command_line.hpp"
#include "enclusterd/daemon.hpp"
#include "enclusterd/rest_endpoint.hpp"
#include "services/in_tree.hpp"

namespace encluster {

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

int run(int argc, char** argv) {
  const auto line = parse_command_line(argc, argv);
  if (!line.has_value()) return 0;
  control::Configuration configuration = control::parse_configuration(line->config);
  control::PluginLoader plugins(plugins_in_tree());
  plugins.load_all(configuration);
  check_services(configuration, plugins.registry());
  control::check_agent_files(configuration);
  check_rest_files(configuration);
  if (line->check) {
    fmt::print("{}: the configuration is valid\n", line->config.string());
    return 0;
  }
  control::Logger log;
  Daemon daemon(std::move(configuration), plugins.registry(), log);
  daemon.run();
  return 0;
}

}  // namespace

}  // namespace encluster

int main(int argc, char** argv) {
  try {
    return encluster::run(argc, argv);
  } catch (const encluster::UsageError& problem) {
    fmt::print(stderr, "enclusterd: {}; see enclusterd --help\n", problem.what());
    return encluster::kWrongUsage;
  } catch (const encluster::control::ConfigurationError& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return encluster::kWrongUsage;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "enclusterd: {}\n", problem.what());
    return encluster::kFailed;
  }
}
