// Decisions in words.
#pragma once

#include <string>
#include <vector>

#include "control/configuration.hpp"
#include "replay/decision.hpp"

namespace encluster::replay {

/// What decided: "switch:rlogin", "slice:beta", "connection", "connection:rlogin", "expectation",
/// "claim", "unclaimed", "quote", "fragment", "local-stack", "admission" or "upkeep".
[[nodiscard]] std::string rule_of(const control::Configuration& configuration,
                                  const Decision& decision);

/// "rule=switch:rlogin node=alpha", then "reason=NAME" where the packet was refused.
[[nodiscard]] std::string why(const control::Configuration& configuration,
                              const Decision& decision);

}  // namespace encluster::replay
