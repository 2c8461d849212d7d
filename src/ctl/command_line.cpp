#include "ctl/command_line.hpp"

#include <fmt/format.h>
#include <getopt.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "control/configuration_error.hpp"
#include "ctl/rest_options.hpp"

namespace encluster::ctl {

namespace {

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
std::optional<KeysOptions> parse_files(int argc, char** argv, const option* allowed) {
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
        std::fputs(help_text(), stdout);
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
    std::fputs(help_text(), stdout);
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
  return parse_files(argc, argv, kKeysOptions.data());
}

std::optional<std::filesystem::path> parse_check_options(int argc, char** argv) {
  const auto options = parse_files(argc, argv, kCheckOptions.data());
  return options.has_value() ? std::optional(options->config) : std::nullopt;
}

}  // namespace encluster::ctl
