#include "ctl/rest_options.hpp"

#include <fmt/format.h>
#include <getopt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <string_view>

#include "control/configuration_error.hpp"
#include "ctl/command_line.hpp"

namespace encluster::ctl {

namespace {

constexpr const char* kHelp =
    R"(Usage: enclusterctl COMMAND [OPTION...]
  or:  enclusterctl [OPTION...] COMMAND

Does what operators do beside the running gateway, and asks it. See docs/enclusterctl.md.

Commands that need no running gateway:
  keys              makes the keys and tokens by which gateway, agents and callers know each other
  check             whether a configuration is right; needs the program enclusterd

Commands that ask the gateway, or change what it does with a node:
  status            what the gateway is and counts
  nodes             the nodes, and how they are
  alarms            what an operator has to know now
  events            what happens, as it happens
  services          who serves what, and who would be chosen now
  switch            the message switch, as workers have it
  ports             whose ports are whose: slices, services, leases
  exports           which directories are where
  connections       the connections that the gateway keeps track of
  drops             what was dropped, and what that means
  reload            takes the configuration's file over, or says what is wrong with it
  route             where a packet would go, and why: route PROTOCOL SOURCE DESTINATION, route HEX,
                    or route --capture FILE; SOURCE is ADDRESS:PORT, DESTINATION the same or the
                    cluster's PORT; HEX a frame, or a packet from its IP header on
  drain NODE        no new sessions for the node; those it has live on
  undrain NODE      new sessions again
  weight NODE N     the node's share of new sessions, 0 to 1000
  reset NODE        share and draining as the configuration says
  top               rates, drops, nodes and services, again each second; q ends it

Options:
  --help            show this text and exit
  --version         show the version and exit

Options of keys and check:
  --config FILE     the gateway's configuration (YAML)
  --out DIR         of keys: where the nodes' folders go; otherwise agents/ beside the configuration

Options of all commands that ask the gateway:
  --url URL         where the gateway answers; otherwise http://127.0.0.1:8077
  --token-file FILE
                    the callers' secret; otherwise /etc/encluster/rest.token
  --json            the gateway's answer as it is, instead of a table

Options of connections, of which all must hold:
  --node NODE       only those of this node
  --remote ADDRESS[/LENGTH]
                    only those with this remote, or with those of this network
  --port PORT       only those to this port of the cluster
  --protocol WORD   only those of tcp, udp or icmp
  --state WORD      only those whose state has this word
  --idle SECONDS    only those that were silent so long at least

Options of route:
  --capture FILE    asks of each packet of a capture
  --from SIDE       a network's name, or interconnect; otherwise as the addresses say
  --flags LETTERS   a TCP segment's, of S F R P A; otherwise S

Options of top:
  --interval SECONDS
                    how long each of its rates is measured, 1 to 3600; otherwise 1
  --count N         print N times and exit, as it does to a pipe, where it prints once
  --once            the same as --count 1

Keys:
  keys makes what gateway and agents need to know each other: the gateway's key and certificate and
  the file of all nodes' tokens, under the names of the configuration's section `agents`, and for
  each node a folder with what goes to its /etc/encluster. With a section `rest`, also its token.
  Running it again keeps what is there, gives new nodes tokens, and takes those of removed nodes
  away. To give a node a new token, remove its line from the token file; to make a new certificate,
  remove key and certificate.

Exit status:
  0 well, 1 failed, 2 wrong usage or configuration.
)";

enum Option : int { url = 1, token_file, json, help, filter, route, top };

constexpr std::array<option, 17> kOptions{{
    {"interval", required_argument, nullptr, Option::top},
    {"count", required_argument, nullptr, Option::top},
    {"once", no_argument, nullptr, Option::top},
    {"from", required_argument, nullptr, Option::route},
    {"flags", required_argument, nullptr, Option::route},
    {"capture", required_argument, nullptr, Option::route},
    {"node", required_argument, nullptr, Option::filter},
    {"remote", required_argument, nullptr, Option::filter},
    {"port", required_argument, nullptr, Option::filter},
    {"protocol", required_argument, nullptr, Option::filter},
    {"state", required_argument, nullptr, Option::filter},
    {"idle", required_argument, nullptr, Option::filter},
    {"url", required_argument, nullptr, Option::url},
    {"token-file", required_argument, nullptr, Option::token_file},
    {"json", no_argument, nullptr, Option::json},
    {"help", no_argument, nullptr, Option::help},
    {nullptr, 0, nullptr, 0},
}};

/// Which commands take this option.
Filters whose(int code) {
  if (code == Option::top) return Filters::of_top;
  return code == Option::route ? Filters::of_route : Filters::of_connections;
}

/// How many words this option takes on the command line; 0: it is none of these.
int words_of(std::string_view word) {
  if (word == "--json") return 1;
  for (const std::string_view name : {"--url", "--token-file"}) {
    if (word == name) return 2;
    if (word.starts_with(name) && word[name.size()] == '=') return 1;
  }
  return 0;
}

void check_operands(const RestOptions& options, const std::vector<std::string>& operands) {
  if (options.words.size() < operands.size()) {
    throw UsageError(fmt::format("{} is missing", operands[options.words.size()]));
  }
  if (options.words.size() > operands.size()) {
    throw UsageError(
        fmt::format("unexpected argument {}", control::shown(options.words[operands.size()])));
  }
}

}  // namespace

const char* help_text() noexcept { return kHelp; }

std::optional<RestOptions> parse_rest_options(int argc, char** argv,
                                              const std::vector<std::string>& operands,
                                              Filters filters) {
  RestOptions options;
  opterr = 0;
  optind = 0;
  int index = 0;
  for (int code = 0; (code = getopt_long(argc, argv, ":", kOptions.data(), &index)) != -1;) {
    switch (code) {
      case Option::filter:
      case Option::route:
      case Option::top: {
        const char* const name = kOptions.at(static_cast<std::size_t>(index)).name;
        if (filters != whose(code)) throw UsageError(fmt::format("unknown option --{}", name));
        options.filters.emplace_back(name, optarg == nullptr ? "" : optarg);
        break;
      }
      case Option::url:
        options.url = optarg;
        break;
      case Option::token_file:
        options.token_file = optarg;
        break;
      case Option::json:
        options.json = true;
        break;
      case Option::help:
        std::fputs(kHelp, stdout);
        return std::nullopt;
      case ':':
        throw UsageError(fmt::format("{} needs a value", argv[optind - 1]));
      default:
        throw UsageError(fmt::format("unknown option {}", argv[optind - 1]));
    }
  }
  options.words.assign(argv + optind, argv + argc);
  if (filters != Filters::of_route) check_operands(options, operands);
  return options;
}

std::optional<std::string> filter_of(const RestOptions& options, std::string_view name) {
  std::optional<std::string> found;
  for (const auto& [key, value] : options.filters) {
    if (key == name) found = value;
  }
  return found;
}

std::string query_text(const RestOptions& options) {
  std::string text;
  for (const auto& [key, value] : options.filters) {
    text += '&' + key + '=';
    for (const char c : value) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
      text += plain ? std::string(1, c)
                    : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

void bring_command_forward(int argc, char** argv) {
  int command = 1;
  while (command < argc) {
    const int words = words_of(argv[command]);
    if (words == 0) break;
    command += words;
  }
  if (command < argc) std::rotate(argv + 1, argv + command, argv + command + 1);
}

}  // namespace encluster::ctl
