// Services against the plugins that are there: the part of checking that needs the plugins.
#pragma once

#include "control/configuration.hpp"
#include "switching/compile_snapshot.hpp"

namespace encluster::control {

/// Makes every service's routing function once, and throws it away.
/// @throws ConfigurationError for an unknown plugin and for what a plugin refuses, with its place
void check_services(const Configuration& configuration, const switching::PluginRegistry& plugins);

}  // namespace encluster::control
