// What enclusterd is told on its command line.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>

namespace encluster {

struct CommandLine {
  std::filesystem::path config;
  bool check = false;  ///< validate the configuration, then exit
};

/// The command line is wrong; what() says how. Exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// @return nothing if --help or --version was asked for and printed.
/// @throws UsageError
[[nodiscard]] std::optional<CommandLine> parse_command_line(int argc, char** argv);

}  // namespace encluster
