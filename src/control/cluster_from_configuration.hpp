// From the configuration to the state that snapshots are compiled from.
#pragma once

#include "control/configuration.hpp"
#include "switching/cluster_state.hpp"
#include "switching/pipeline.hpp"

namespace encluster::control {

/// MAC addresses, routes and neighbours stay empty: they come from the devices and the kernel.
/// Every node is up until something says otherwise.
/// @pre the configuration is checked.
[[nodiscard]] switching::ClusterState cluster_from(const Configuration& configuration);

/// The bounds that it sets for each worker's pipeline.
[[nodiscard]] switching::PipelineLimits limits_from(const Configuration& configuration);

}  // namespace encluster::control
