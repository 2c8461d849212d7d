// What the commands that ask a running gateway are told on the command line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/line.hpp"

namespace encluster::ctl {

struct RestOptions {
  std::string url = "http://127.0.0.1:8077";
  std::filesystem::path token_file = "/etc/encluster/rest.token";
  bool json = false;               ///< the gateway's own words instead of a table
  Style style{};                   ///< of the tables
  std::vector<std::string> words;  ///< what follows the command
  /// What is asked for of a list, of a packet or of a view: names and values.
  std::vector<std::pair<std::string, std::string>> filters{};
};

/// What a command takes besides.
enum class Filters : std::uint8_t { none, of_connections, of_route, of_top };

/// What --help prints: of all commands, and of what they take. The manual page is made of it.
[[nodiscard]] const char* help_text() noexcept;

/// @param argv beginning with the command
/// @param operands how many words have to follow, with their names for errors; of a route, the
///     command itself looks
/// @return nothing if --help was asked for and printed. @throws UsageError
[[nodiscard]] std::optional<RestOptions> parse_rest_options(
    int argc, char** argv, const std::vector<std::string>& operands,
    Filters filters = Filters::none);

/// The value of this one of the filters, the last one's if there are several.
[[nodiscard]] std::optional<std::string> filter_of(const RestOptions& options,
                                                   std::string_view name);

/// As part of a target's query: `&node=alpha&remote=198.51.100.0%2F24`.
[[nodiscard]] std::string query_text(const RestOptions& options);

/// These options may stand before the command, too: moves the command to the front of them.
/// @param argv the whole command line
void bring_command_forward(int argc, char** argv);

}  // namespace encluster::ctl
