// What encluster-replay is told on its command line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "encluster/types.hpp"
#include "replay/recording.hpp"
#include "replay/report.hpp"
#include "replay/sides.hpp"

namespace encluster::replay {

struct CommandLine {
  std::filesystem::path config;
  std::vector<InputFile> inputs;
  std::optional<std::filesystem::path> output;
  std::vector<Mapping> mappings;
  std::vector<std::pair<std::string, MacAddress>> macs;  ///< by network
  Format format = Format::text;
  bool quiet = false;  ///< no verdicts
  bool summary = false;
  bool drops = false;
  bool compare = false;
};

/// @return nothing if --help or --version was asked for and printed.
/// @throws UsageError
[[nodiscard]] std::optional<CommandLine> parse_command_line(int argc, char** argv);

}  // namespace encluster::replay
