// NFS over UDP for many servers: each call goes to the node whose file system its file handle is of
// (paper: "Encapsulated Cluster NFS").
#pragma once

#include <memory>

#include "encluster/routing_function.hpp"

namespace encluster::nfs {

/// Plugin `nfs`. Options: `handle_bytes`, such as `4-7`: where handles of other servers than
/// Linux's and Ganesha name their file system. @throws ServiceError
[[nodiscard]] std::shared_ptr<const RoutingFunction> make_nfs(const ServiceConfig& config,
                                                              const ClusterView& view);

}  // namespace encluster::nfs
