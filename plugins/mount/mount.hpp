// MOUNT over UDP for many servers: each directory is asked for where it resides (paper:
// "Encapsulated Cluster MOUNT Server").
#pragma once

#include <memory>

#include "encluster/routing_function.hpp"

namespace encluster::mount {

/// Plugin `mount`, without options. @throws ServiceError
[[nodiscard]] std::shared_ptr<const RoutingFunction> make_mount(const ServiceConfig& config,
                                                                const ClusterView& view);

}  // namespace encluster::mount
