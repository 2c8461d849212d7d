// The login service (paper: "Remote Login"): rlogin, rsh, rexec, telnet, ssh, and any other TCP
// service that several nodes offer. The first SYN picks a node, the connection stays with it.
#pragma once

#include <memory>

#include "encluster/routing_function.hpp"

namespace encluster::login {

/// Option `scheduler`: round-robin (default), weighted-round-robin, least-connections or
/// least-loaded.
///
/// What arrives is a segment without a connection. A SYN goes to a candidate that takes new
/// sessions, and is remembered; with no such candidate it is answered by RST (`no_node`). Anything
/// else is answered by RST (`no_connection`), except that a RST never is.
///
/// Connections without an entry are spread by weighted rendezvous hashing, whatever the scheduler.
///
/// @throws ServiceError with key `port` (not TCP), `scheduler` (unknown) or the unknown option.
[[nodiscard]] std::shared_ptr<const RoutingFunction> make_login(const ServiceConfig& config,
                                                                const ClusterView& view);

}  // namespace encluster::login
