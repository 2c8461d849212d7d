// Results as a table for people and as JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "measure.hpp"

namespace encluster::bench {

/// Prints the table on standard output. With a file name as `json`, writes the results there too;
/// with "-", to standard output instead of the table.
/// @throws std::runtime_error if the file cannot be written.
void report(const std::vector<Result>& results, const std::string& json);

}  // namespace encluster::bench
