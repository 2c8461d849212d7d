#include "ctl/command_line.hpp"

#include <fmt/format.h>
#include <getopt.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "control/configuration_error.hpp"

namespace encluster::ctl {

namespace {

constexpr const char* kHelp =
    R"(Usage: enclusterctl COMMAND [OPTION...]

Does what operators do beside the running gateway, and asks it. See docs/enclusterctl.md.

  keys         makes the keys and tokens by which gateway, agents and callers know each other
  check        whether a configuration is right, without a gateway

  status       what the gateway is and counts
  nodes        the nodes, and how they are
  services     who serves what, and who would be chosen now
  switch       the message switch, as workers have it
  ports        whose ports are whose: slices, services, leases
  exports      which directories are where
  connections  the connections that the gateway keeps track of
  drops        what was dropped, and what that means
  route        where a packet would go, and why
  reload       takes the configuration's file over
  drain        no new sessions for a node
  undrain      new sessions again
  weight       a node's share of new sessions
  reset        a node's share as the configuration says
  top          rates, drops, nodes and services, live

  --help       show this text and exit; after COMMAND: the command's
  --version    show the version and exit

Exit status: 0 well, 1 failed, 2 wrong usage or configuration.
)";

constexpr const char* kKeysHelp =
    R"(Usage: enclusterctl keys --config FILE [--out DIR]

Makes what gateway and agents need to know each other: the gateway's key and certificate and the
file of all nodes' tokens, under the names of the configuration's section `agents`, and for each node
a folder with what goes to its /etc/encluster. With a section `rest`, also its token. Running it again keeps what is there, gives new nodes
tokens, and takes those of removed nodes away. To give a node a new token, remove its line from the
token file; to make a new certificate, remove key and certificate.

  --config FILE    the gateway's configuration (YAML)
  --out DIR        where the nodes' folders go; otherwise agents/ beside the configuration
  --help           show this text and exit

Exit status: 0 well, 1 failed, 2 wrong usage or configuration.
)";

constexpr const char* kCheckHelp =
    R"(Usage: enclusterctl check --config FILE

Says whether the gateway's configuration is right, or all that is wrong with it, as the program
enclusterd does, which has to be installed but need not run.

  --config FILE    the gateway's configuration (YAML)
  --help           show this text and exit

Exit status: 0 well, 1 failed, 2 wrong usage or configuration.
)";

enum Option : int { config = 1, out, help };

constexpr std::array<option, 4> kKeysOptions{{
    {"config", required_argument, nullptr, Option::config},
    {"out", required_argument, nullptr, Option::out},
    {"help", no_argument, nullptr, Option::help},
    {nullptr, 0, nullptr, 0},
}};

constexpr std::array<option, 3> kCheckOptions{{
    {"config", required_argument, nullptr, Option::config},
    {"help", no_argument, nullptr, Option::help},
    {nullptr, 0, nullptr, 0},
}};

/// An option's value that must not be empty. @throws UsageError
const char* filled(const char* option, const char* value) {
  if (*value == '\0') throw UsageError(fmt::format("{} is given an empty name", option));
  return value;
}

/// @return nothing if --help was asked for and printed. @throws UsageError
std::optional<KeysOptions> parse_files(int argc, char** argv, const option* allowed,
                                       const char* help) {
  KeysOptions options;
  opterr = 0;
  optind = 0;
  for (int code = 0; (code = getopt_long(argc, argv, ":", allowed, nullptr)) != -1;) {
    switch (code) {
      case Option::config:
        options.config = filled("--config", optarg);
        break;
      case Option::out:
        options.out = filled("--out", optarg);
        break;
      case Option::help:
        std::fputs(help, stdout);
        return std::nullopt;
      case ':':
        throw UsageError(fmt::format("{} needs a value", argv[optind - 1]));
      default:
        throw UsageError(fmt::format("unknown option {}", argv[optind - 1]));
    }
  }
  if (optind < argc) {
    throw UsageError(fmt::format("unexpected argument {}", control::shown(argv[optind])));
  }
  if (options.config.empty()) throw UsageError("--config FILE is missing");
  return options;
}

}  // namespace

std::optional<std::string> parse_command(int argc, char** argv) {
  if (argc < 2) throw UsageError("a command is missing");
  const std::string_view word = argv[1];
  if (word == "--help") {
    std::fputs(kHelp, stdout);
    return std::nullopt;
  }
  if (word == "--version") {
    fmt::print("enclusterctl {}\n", ENCLUSTER_VERSION);
    return std::nullopt;
  }
  if (word.starts_with('-')) throw UsageError(fmt::format("unknown option {}", word));
  return std::string(word);
}

std::optional<KeysOptions> parse_keys_options(int argc, char** argv) {
  return parse_files(argc, argv, kKeysOptions.data(), kKeysHelp);
}

std::optional<std::filesystem::path> parse_check_options(int argc, char** argv) {
  const auto options = parse_files(argc, argv, kCheckOptions.data(), kCheckHelp);
  return options.has_value() ? std::optional(options->config) : std::nullopt;
}

}  // namespace encluster::ctl
