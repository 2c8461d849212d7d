// What enclusterctl's commands are told on the command line.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace encluster::ctl {

/// what() says what is wrong with the command line.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The first word of the command line: which command it is for.
/// @return nothing if --help or --version was asked for and printed.
/// @throws UsageError if there is no command
[[nodiscard]] std::optional<std::string> parse_command(int argc, char** argv);

struct KeysOptions {
  std::filesystem::path config;
  std::filesystem::path out;  ///< empty: `agents` beside the configuration
};

/// @param argv beginning with the command
/// @return nothing if --help was asked for and printed.
/// @throws UsageError
[[nodiscard]] std::optional<KeysOptions> parse_keys_options(int argc, char** argv);

/// @param argv beginning with the command
/// @return the configuration to check; nothing if --help was asked for and printed.
/// @throws UsageError
[[nodiscard]] std::optional<std::filesystem::path> parse_check_options(int argc, char** argv);

}  // namespace encluster::ctl
