#include "enclusterd/command_line.hpp"

#include <fmt/format.h>
#include <getopt.h>

#include <array>
#include <cstdio>

namespace encluster {

namespace {

constexpr const char* kHelp = R"(Usage: enclusterd --config FILE [--check]

Makes a cluster of machines appear as one host: switches packets between external
networks and the nodes on the interconnect.

Options:
  --config FILE   configuration (YAML); see docs/configuration.md
  --check         validate the configuration and exit
  --help          show this text and exit
  --version       show the version and exit

Signals:
  SIGTERM and SIGINT end the gateway, SIGHUP reloads the configuration, SIGUSR1 logs
  counters, drops and the fill of tables and pools.

Exit status:
  0 well, 1 failed, 2 wrong usage or configuration.
)";

enum Option : int { config = 1, check, help, version };

constexpr std::array<option, 5> kOptions{{
    {"config", required_argument, nullptr, Option::config},
    {"check", no_argument, nullptr, Option::check},
    {"help", no_argument, nullptr, Option::help},
    {"version", no_argument, nullptr, Option::version},
    {nullptr, 0, nullptr, 0},
}};

}  // namespace

std::optional<CommandLine> parse_command_line(int argc, char** argv) {
  CommandLine line;
  opterr = 0;
  for (int code = 0; (code = getopt_long(argc, argv, ":", kOptions.data(), nullptr)) != -1;) {
    switch (code) {
      case Option::config:
        line.config = optarg;
        break;
      case Option::check:
        line.check = true;
        break;
      case Option::help:
        std::fputs(kHelp, stdout);
        return std::nullopt;
      case Option::version:
        fmt::print("enclusterd {}\n", ENCLUSTER_VERSION);
        return std::nullopt;
      case ':':
        throw UsageError(fmt::format("{} needs a value", argv[optind - 1]));
      default:
        throw UsageError(fmt::format("unknown option {}", argv[optind - 1]));
    }
  }
  if (optind < argc) throw UsageError(fmt::format("unexpected argument {}", argv[optind]));
  if (line.config.empty()) throw UsageError("--config FILE is missing");
  return line;
}

}  // namespace encluster
