// One replay from files to report.
#pragma once

#include <iosfwd>

#include "control/configuration.hpp"
#include "replay/command_line.hpp"
#include "switching/compile_snapshot.hpp"

namespace encluster::replay {

/// Prints verdicts, differences and counts to `out`, warnings to `warnings`.
/// @return the exit status: 1 if a comparison was asked for and found a difference
/// @throws UsageError, InputError, std::runtime_error
[[nodiscard]] int run(const CommandLine& line, const control::Configuration& configuration,
                      const switching::PluginRegistry& plugins, std::ostream& out,
                      std::ostream& warnings);

}  // namespace encluster::replay
