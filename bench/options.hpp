// The options of the programs that measure workloads.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "measure.hpp"

namespace encluster::bench {

struct Options {
  Plan plan;
  std::string json;  ///< a file for the results; - is standard output; empty: none
  bool large = false;
  bool small_pages = false;
  bool check = false;
  bool help = false;
};

/// @param own takes an option that is the program's own; false: unknown
/// @throws UsageError
[[nodiscard]] Options parse_options(
    std::span<char* const> arguments,
    const std::function<bool(std::string_view)>& own = [](std::string_view) { return false; });

}  // namespace encluster::bench
