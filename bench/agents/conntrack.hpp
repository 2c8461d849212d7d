// What the kernel needs to learn connections again: conntrackd's way, without its network.
#pragma once

#include <cstddef>

#include "encluster/types.hpp"

namespace encluster::bench {

/// Records the connections of made_up_socket(), translated to a node, in the connection tracking of
/// this network namespace.
/// @return connections a second @throws std::runtime_error
[[nodiscard]] double conntrack_rate(std::size_t connections, PortNumber service);

}  // namespace encluster::bench
