#include "replay/command_line.hpp"

#include <fmt/format.h>
#include <getopt.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "control/configuration_error.hpp"
#include "frame_text/frame_view.hpp"

namespace encluster::replay {

using frame_text::is_group;

namespace {

constexpr const char* kHelp =
    R"(Usage: encluster-replay --config FILE --in PCAPNG [--out PCAPNG] [OPTION...]

Sends the packets of a capture through the gateway's pipeline and tells for each what becomes of
it, by which rule and why. Needs neither devices nor privileges. See docs/replay.md.

Options:
  --config FILE        the gateway's configuration (YAML)
  --in FILE            a capture: pcapng, or pcap; may be repeated, packets are put in order of time
  --interface NAME     what the only interface of the --in before it is called
  --out FILE           writes what leaves the gateway (pcapng, with comments)
  --map IFACE=NETWORK  which network, or "interconnect", an interface of the captures is; IFACE is
                       its name or its position from 0
  --mac NETWORK=MAC    the gateway's MAC address there; otherwise the capture tells
  --drops              writes dropped packets to --out as well
  --json               prints JSON, one object a line
  --quiet              no verdicts
  --summary            counts of verdicts, rules, reasons and nodes at the end
  --compare            what leaves must be what the captured gateway sent
  --help               show this text and exit
  --version            show the version and exit

Output:
  An interface is known by the name of its network, of the network's TAP (ec-NAME) or of the kernel
  interface below the network's device. A verdict line reads:

  PACKET SECONDS FROM VERDICT rule=RULE [node=NODE] [reason=REASON] RECEIVED [=> TO SENT]

  VERDICT  forward, local (to the gateway's kernel), drop, answer, hold, copy
  RULE     switch:SERVICE, slice:NODE, connection[:SERVICE], expectation, claim, unclaimed,
           quote, fragment, local-stack, admission, upkeep
  NODE     the sender of what goes outside, otherwise who gets it

Exit status:
  0 well, 1 failed, or --compare found a difference, 2 wrong usage or configuration.
)";

enum Option : int {
  config = 1,
  in,
  interface,
  out,
  map,
  mac,
  drops,
  json,
  quiet,
  summary,
  compare,
  help,
  version
};

constexpr std::array<option, 14> kOptions{{
    {"config", required_argument, nullptr, Option::config},
    {"in", required_argument, nullptr, Option::in},
    {"interface", required_argument, nullptr, Option::interface},
    {"out", required_argument, nullptr, Option::out},
    {"map", required_argument, nullptr, Option::map},
    {"mac", required_argument, nullptr, Option::mac},
    {"drops", no_argument, nullptr, Option::drops},
    {"json", no_argument, nullptr, Option::json},
    {"quiet", no_argument, nullptr, Option::quiet},
    {"summary", no_argument, nullptr, Option::summary},
    {"compare", no_argument, nullptr, Option::compare},
    {"help", no_argument, nullptr, Option::help},
    {"version", no_argument, nullptr, Option::version},
    {nullptr, 0, nullptr, 0},
}};

/// LEFT=RIGHT; the last equals sign counts. @throws UsageError
std::pair<std::string, std::string> parse_pair(const char* option, const std::string& text) {
  const std::size_t sign = text.rfind('=');
  if (sign == std::string::npos || sign == 0 || sign + 1 == text.size()) {
    throw UsageError(
        fmt::format("{} is given {}; allowed: two words around '='", option, control::shown(text)));
  }
  return {text.substr(0, sign), text.substr(sign + 1)};
}

/// Six times two hex digits between colons.
std::optional<MacAddress> mac_from(std::string_view text) {
  MacAddress mac{};
  if (text.size() != 3 * mac.size() - 1) return std::nullopt;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const char* first = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(first, first + 2, mac[i], 16);
    if (error != std::errc() || end != first + 2) return std::nullopt;
    if (i + 1 < mac.size() && *end != ':') return std::nullopt;
  }
  return mac;
}

/// @throws UsageError
MacAddress parse_mac(const std::string& text) {
  const auto mac = mac_from(text);
  if (mac.has_value() && !is_group(*mac)) return *mac;
  throw UsageError(
      fmt::format("--mac is given {}; allowed: a station's address such as "
                  "02:00:00:00:00:01",
                  control::shown(text)));
}

/// @throws UsageError
void name_interface(CommandLine& line, const char* name) {
  if (line.inputs.empty()) throw UsageError("--interface has no --in before it");
  line.inputs.back().interface = name;
}

/// @throws UsageError
void take(int code, const char* value, CommandLine& line) {
  switch (code) {
    case Option::config:
      line.config = value;
      break;
    case Option::in:
      line.inputs.push_back({value, std::nullopt});
      break;
    case Option::interface:
      name_interface(line, value);
      break;
    case Option::out:
      line.output = value;
      break;
    case Option::map:
      line.mappings.push_back(parse_pair("--map", value));
      break;
    case Option::mac: {
      const auto [network, mac] = parse_pair("--mac", value);
      line.macs.emplace_back(network, parse_mac(mac));
      break;
    }
    case Option::drops:
      line.drops = true;
      break;
    case Option::json:
      line.format = Format::json;
      break;
    case Option::quiet:
      line.quiet = true;
      break;
    case Option::summary:
      line.summary = true;
      break;
    case Option::compare:
      line.compare = true;
      break;
    default:
      break;
  }
}

/// @throws UsageError
void check(const CommandLine& line) {
  if (line.config.empty()) throw UsageError("--config FILE is missing");
  if (line.inputs.empty()) throw UsageError("--in FILE is missing");
  if (!line.output) {
    if (line.drops) throw UsageError("--drops needs --out FILE");
    return;
  }
  for (const InputFile& input : line.inputs) {
    std::error_code ignored;  // a file that is not there is no other one
    if (std::filesystem::equivalent(input.path, *line.output, ignored)) {
      throw UsageError("--out would overwrite --in " + control::shown(input.path.string()));
    }
  }
}

}  // namespace

std::optional<CommandLine> parse_command_line(int argc, char** argv) {
  CommandLine line;
  opterr = 0;
  optind = 0;
  for (int code = 0; (code = getopt_long(argc, argv, ":", kOptions.data(), nullptr)) != -1;) {
    if (code == Option::help) {
      std::fputs(kHelp, stdout);
      return std::nullopt;
    }
    if (code == Option::version) {
      fmt::print("encluster-replay {}\n", ENCLUSTER_VERSION);
      return std::nullopt;
    }
    if (code == ':') throw UsageError(fmt::format("{} needs a value", argv[optind - 1]));
    if (code == '?') throw UsageError(fmt::format("unknown option {}", argv[optind - 1]));
    take(code, optarg, line);
  }
  if (optind < argc) throw UsageError(fmt::format("unexpected argument {}", argv[optind]));
  check(line);
  return line;
}

}  // namespace encluster::replay
