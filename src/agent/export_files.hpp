// What NFS servers are to be told of a node's exports, so that no two nodes' collide.
#pragma once

#include <functional>
#include <string>

#include "agent/agent_configuration.hpp"
#include "encluster/types.hpp"

namespace encluster::agent {

/// The network of the interconnect, from which nodes mount each other's exports.
using Interconnect = std::function<Ipv4Prefix()>;

/// Of this machine, towards the gateway. @throws std::runtime_error
[[nodiscard]] Ipv4Prefix interconnect_towards(Ipv4Address gateway);

/// Lines for /etc/exports.d (exports(5)): `fsid=` differs among all exports of the cluster.
/// @param interconnect called where an export is not for everybody
/// @throws std::runtime_error naming what the configuration lacks
[[nodiscard]] std::string linux_exports(const AgentConfiguration& configuration,
                                        const Interconnect& interconnect);

/// EXPORT blocks for Ganesha's configuration: Export_Id and Filesystem_Id differ likewise.
/// @throws std::runtime_error as linux_exports()
[[nodiscard]] std::string ganesha_exports(const AgentConfiguration& configuration,
                                          const Interconnect& interconnect);

}  // namespace encluster::agent
