#include "agent/command_line.hpp"

#include <fmt/format.h>
#include <getopt.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "agent/local_protocol.hpp"
#include "control/configuration_error.hpp"

namespace encluster::agent {

namespace {

constexpr const char* kHelp =
    R"(Usage: encluster-agent --config FILE [--check]
  or:  encluster-agent lease udp|tcp PORT [--socket PATH] [--wait SECONDS] -- COMMAND [ARG...]
  or:  encluster-agent exports linux|ganesha [--config FILE] [--output FILE]
  or:  encluster-agent mounts fstab|systemd [--config FILE] [--output FILE|FOLDER]

Joins this machine, as a node, to an Encluster gateway, and sets its kernel up for it. See
docs/agent.md.

Options:
  --config FILE   the agent's configuration (YAML)
  --check         say whether the configuration is valid, and exit
  --help          show this text and exit
  --version       show the version and exit

Leases:
  lease asks the gateway, through this machine's agent, for a port that no other node may have, and
  runs COMMAND while it has it. COMMAND must not go into the background.

  --socket PATH   where the agent listens (default /run/encluster-agent/agent.sock)
  --wait SECONDS  how long to wait for the agent and a gateway's answer (1 to 3600, default 5)

Exports:
  exports prints what the node's NFS server is to be told of `exports` of the configuration: lines
  for /etc/exports.d, or blocks for Ganesha, with numbers that no other node's exports have. mounts
  prints how this node mounts the other nodes' exports over the interconnect: lines for /etc/fstab,
  or units.

  --config FILE   the agent's configuration (default /etc/encluster/agent.yaml)
  --output FILE   replace FILE instead of printing; of systemd, make the units' files in FOLDER

Exit status:
  0 well, 1 failed, 2 wrong usage or configuration. Of lease: that of COMMAND, 128+N if signal N
  ended it; 98 if the port is another's or was lost; 126 or 127 if COMMAND cannot be started.
)";

enum Option : int { word = 1, config, check, socket, wait, output, help, version };

constexpr std::array<option, 5> kRunOptions{{
    {"config", required_argument, nullptr, Option::config},
    {"check", no_argument, nullptr, Option::check},
    {"help", no_argument, nullptr, Option::help},
    {"version", no_argument, nullptr, Option::version},
    {nullptr, 0, nullptr, 0},
}};

constexpr std::array<option, 5> kLeaseOptions{{
    {"socket", required_argument, nullptr, Option::socket},
    {"wait", required_argument, nullptr, Option::wait},
    {"help", no_argument, nullptr, Option::help},
    {"version", no_argument, nullptr, Option::version},
    {nullptr, 0, nullptr, 0},
}};

constexpr std::array<option, 5> kFileOptions{{
    {"config", required_argument, nullptr, Option::config},
    {"output", required_argument, nullptr, Option::output},
    {"help", no_argument, nullptr, Option::help},
    {"version", no_argument, nullptr, Option::version},
    {nullptr, 0, nullptr, 0},
}};

constexpr unsigned kMostWait = 3600;

/// @throws UsageError
template <typename T>
T parse(const char* option, const control::Format<T>& format, const char* text) {
  auto value = format.parse(text);
  if (value) return *std::move(value);
  throw UsageError(
      fmt::format("{} is given {}; allowed: {}", option, control::shown(text), format.allowed));
}

/// False if help or version was asked for and printed.
bool go_on(int code) {
  if (code == Option::help) std::fputs(kHelp, stdout);
  if (code == Option::version) fmt::print("encluster-agent {}\n", ENCLUSTER_VERSION);
  return code != Option::help && code != Option::version;
}

/// @throws UsageError
void refuse_wrong(int code, char** argv) {
  if (code == ':') throw UsageError(fmt::format("{} needs a value", argv[optind - 1]));
  if (code == '?') throw UsageError(fmt::format("unknown option {}", argv[optind - 1]));
}

std::optional<Command> parse_run(int argc, char** argv) {
  RunCommand command;
  for (int code = 0; (code = getopt_long(argc, argv, ":", kRunOptions.data(), nullptr)) != -1;) {
    if (!go_on(code)) return std::nullopt;
    refuse_wrong(code, argv);
    if (code == Option::config) command.config = optarg;
    if (code == Option::check) command.check = true;
  }
  if (optind < argc) throw UsageError(fmt::format("unexpected argument {}", argv[optind]));
  if (command.config.empty()) throw UsageError("--config FILE is missing");
  return command;
}

/// @param argv begins with the word `lease`
std::optional<Command> parse_lease(int argc, char** argv) {
  LeaseCommand command;
  std::vector<std::string_view> words;
  // "-": words are told in their order, and "--" ends the options.
  for (int code = 0; (code = getopt_long(argc, argv, "-:", kLeaseOptions.data(), nullptr)) != -1;) {
    if (!go_on(code)) return std::nullopt;
    refuse_wrong(code, argv);
    if (code == Option::word) words.emplace_back(optarg);
    if (code == Option::socket) command.socket = parse("--socket", socket_path(), optarg);
    if (code == Option::wait) {
      command.wait = std::chrono::seconds(parse("--wait", control::number(1U, kMostWait), optarg));
    }
  }
  if (words.size() > 2) throw UsageError(fmt::format("{} comes after no --", words[2]));
  const auto port = words.size() == 2 ? parse_leased_port(words[0], words[1]) : std::nullopt;
  if (!port) throw UsageError("lease takes udp or tcp, and a port from 1 to 65535");
  command.port = *port;
  command.command.assign(argv + optind, argv + argc);
  if (command.command.empty()) throw UsageError("lease takes a command after --");
  return command;
}

/// `exports` or `mounts`, then one of two words. @param argv begins with the first word
template <typename FileCommand, typename Kind>
std::optional<Command> parse_file_command(
    int argc, char** argv, const std::array<std::pair<std::string_view, Kind>, 2>& kinds,
    Kind FileCommand::*kind) {
  FileCommand command;
  std::vector<std::string_view> words;
  for (int code = 0; (code = getopt_long(argc, argv, "-:", kFileOptions.data(), nullptr)) != -1;) {
    if (!go_on(code)) return std::nullopt;
    refuse_wrong(code, argv);
    if (code == Option::word) words.emplace_back(optarg);
    if (code == Option::config) command.config = optarg;
    if (code == Option::output) command.output = optarg;
  }
  for (const auto& [word, value] : kinds) {
    if (words.size() != 1 || words[0] != word || optind < argc) continue;
    command.*kind = value;
    return command;
  }
  throw UsageError(
      fmt::format("{} takes one word: {} or {}", argv[0], kinds[0].first, kinds[1].first));
}

std::optional<Command> parse_exports(int argc, char** argv) {
  using Server = ExportsCommand::Server;
  return parse_file_command<ExportsCommand, Server>(
      argc, argv, {{{"linux", Server::linux}, {"ganesha", Server::ganesha}}},
      &ExportsCommand::server);
}

std::optional<Command> parse_mounts(int argc, char** argv) {
  using Format = MountsCommand::Format;
  return parse_file_command<MountsCommand, Format>(
      argc, argv, {{{"fstab", Format::fstab}, {"systemd", Format::systemd}}},
      &MountsCommand::format);
}

}  // namespace

std::optional<Command> parse_command_line(int argc, char** argv) {
  opterr = 0;
  optind = 0;
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "lease") return parse_lease(argc - 1, argv + 1);
  if (word == "exports") return parse_exports(argc - 1, argv + 1);
  if (word == "mounts") return parse_mounts(argc - 1, argv + 1);
  return parse_run(argc, argv);
}

}  // namespace encluster::agent
