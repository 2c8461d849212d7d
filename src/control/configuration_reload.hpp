// What a running gateway can't take over from a changed configuration.
#pragma once

#include <string>
#include <vector>

#include "control/configuration.hpp"

namespace encluster::control {

/// One sentence for each key whose change needs a restart; empty if `next` can be applied.
/// Names, nodes, weights, services, exports and dynamic_syn can change at any time.
[[nodiscard]] std::vector<std::string> reload_conflicts(const Configuration& running,
                                                        const Configuration& next);

}  // namespace encluster::control
