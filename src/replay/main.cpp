// encluster-replay: the gateway's decisions on a capture.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "control/configuration_error.hpp"
#include "control/parse_configuration.hpp"
#include "control/plugin_loader.hpp"
#include "replay/command_line.hpp"
#include "replay/run.hpp"
#include "services/in_tree.hpp"

namespace {

using namespace encluster;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

int run(int argc, char** argv) {
  const auto line = replay::parse_command_line(argc, argv);
  if (!line.has_value()) return 0;
  const control::Configuration configuration = control::parse_configuration(line->config);
  control::PluginLoader plugins(plugins_in_tree());
  plugins.load_all(configuration);
  check_services(configuration, plugins.registry());
  return replay::run(*line, configuration, plugins.registry(), std::cout, std::cerr);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const replay::UsageError& problem) {
    fmt::print(stderr, "encluster-replay: {}; see encluster-replay --help\n", problem.what());
    return kWrongUsage;
  } catch (const control::ConfigurationError& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return kWrongUsage;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "encluster-replay: {}\n", problem.what());
    return kFailed;
  }
}
