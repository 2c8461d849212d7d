// Whether the files that the configuration's section `agents` names are there, and good.
#pragma once

#include "control/configuration.hpp"

namespace encluster::control {

/// Reads certificate, key and tokens; does nothing without `agents`.
/// @throws ConfigurationError which names the files and says how to make them
void check_agent_files(const Configuration& configuration);

}  // namespace encluster::control
