// The services in the tree, and what only they can find wrong in a configuration.
#pragma once

#include "control/configuration.hpp"
#include "switching/compile_snapshot.hpp"

namespace encluster {

/// Names of the plugins in the tree, and how they make their routing functions.
[[nodiscard]] switching::PluginRegistry plugins_in_tree();

/// Compiles the configuration's services once, to find what only their plugins can find wrong.
/// @throws control::ConfigurationError naming file, line and key
void check_services(const control::Configuration& configuration,
                    const switching::PluginRegistry& plugins);

}  // namespace encluster
