// Contradictions: values that are right by themselves and wrong together.
#pragma once

#include "control/configuration.hpp"
#include "control/configuration_error.hpp"

namespace encluster::control {

/// Reports every contradiction at the line of the later of the values.
/// @pre the report knows the places of the configuration's keys.
void refuse_contradictions(const Configuration& configuration, ConfigurationReport& report);

}  // namespace encluster::control
