// enclusterctl: what operators do beside the running gateway, and ask it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/configuration_error.hpp"
#include "ctl/check.hpp"
#include "ctl/command_line.hpp"
#include "ctl/events.hpp"
#include "ctl/keys.hpp"
#include "ctl/rest_commands.hpp"
#include "ctl/rest_options.hpp"
#include "ctl/route.hpp"
#include "ctl/terminal.hpp"
#include "ctl/top.hpp"

namespace {

using namespace encluster;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

/// The words after the program's name, beginning with the command's.
using Run = void (*)(int argc, char** argv);

struct Command {
  std::string_view name;
  Run run;
};

void keys(int argc, char** argv) {
  const auto options = ctl::parse_keys_options(argc, argv);
  if (options.has_value()) ctl::make_keys(*options, std::cout);
}

void check(int argc, char** argv) {
  const auto config = ctl::parse_check_options(argc, argv);
  if (config.has_value()) ctl::check_configuration(*config);
}

/// What the command line says, for where the output goes; nothing if --help was asked for.
std::optional<ctl::RestOptions> rest_options(int argc, char** argv,
                                             const std::vector<std::string>& operands = {},
                                             ctl::Filters filters = ctl::Filters::none) {
  auto options = ctl::parse_rest_options(argc, argv, operands, filters);
  if (options.has_value()) options->style = {ctl::output_size().width, ctl::has_colours()};
  return options;
}

/// A command that asks for something.
template <auto show>
void ask(int argc, char** argv) {
  const auto options = rest_options(argc, argv);
  if (options.has_value()) show(*options, std::cout);
}

void connections(int argc, char** argv) {
  const auto options = rest_options(argc, argv, {}, ctl::Filters::of_connections);
  if (options.has_value()) ctl::show_connections(*options, std::cout);
}

void route(int argc, char** argv) {
  const auto options = rest_options(argc, argv, {}, ctl::Filters::of_route);
  if (options.has_value()) ctl::show_route(*options, std::cout);
}

void top(int argc, char** argv) {
  const auto options = rest_options(argc, argv, {}, ctl::Filters::of_top);
  if (options.has_value()) ctl::show_top(*options, std::cout);
}

/// A command that changes a node so.
void change(int argc, char** argv, const std::string& what) {
  const auto options = rest_options(argc, argv, {"NODE"});
  if (options.has_value()) ctl::change_node(*options, what, std::cout);
}

void drain(int argc, char** argv) { change(argc, argv, R"({"draining":true})"); }
void undrain(int argc, char** argv) { change(argc, argv, R"({"draining":false})"); }
void reset(int argc, char** argv) { change(argc, argv, R"({"weight":null,"draining":null})"); }

void weight(int argc, char** argv) {
  const auto options = rest_options(argc, argv, {"NODE", "N"});
  if (!options.has_value()) return;
  ctl::change_node(*options, ctl::weight_change(options->words.at(1)), std::cout);
}

constexpr std::array kCommands{Command{"keys", keys},
                               Command{"check", check},
                               Command{"status", ask<ctl::show_status>},
                               Command{"nodes", ask<ctl::show_nodes>},
                               Command{"alarms", ask<ctl::show_alarms>},
                               Command{"events", ask<ctl::show_events>},
                               Command{"services", ask<ctl::show_services>},
                               Command{"switch", ask<ctl::show_switch>},
                               Command{"drops", ask<ctl::show_drops>},
                               Command{"route", route},
                               Command{"reload", ask<ctl::reload>},
                               Command{"ports", ask<ctl::show_ports>},
                               Command{"exports", ask<ctl::show_exports>},
                               Command{"connections", connections},
                               Command{"drain", drain},
                               Command{"undrain", undrain},
                               Command{"weight", weight},
                               Command{"reset", reset},
                               Command{"top", top}};

void run(int argc, char** argv) {
  ctl::bring_command_forward(argc, argv);
  const auto name = ctl::parse_command(argc, argv);
  if (!name.has_value()) return;
  const auto* command = std::ranges::find(kCommands, *name, &Command::name);
  if (command == kCommands.end()) {
    throw ctl::UsageError(fmt::format("unknown command {}", control::shown(*name)));
  }
  command->run(argc - 1, argv + 1);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc, argv);
    return 0;
  } catch (const ctl::UsageError& problem) {
    fmt::print(stderr, "enclusterctl: {}; see enclusterctl --help\n", problem.what());
    return kWrongUsage;
  } catch (const control::ConfigurationError& problem) {
    fmt::print(stderr, "{}\n", problem.what());
    return kWrongUsage;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "enclusterctl: {}\n", problem.what());
    return kFailed;
  }
}
