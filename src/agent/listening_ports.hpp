// At which ports programs of this machine wait for other machines.
#pragma once

#include <set>

#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// Ports at which a TCP socket listens, or a UDP socket is bound that is connected to nobody, and
/// hears IPv4 from other machines: not at an address of 127.0.0.0/8, nor of IPv6 alone. Connections
/// cost nothing, a socket about 1 us. Blocks; any thread.
/// @throws std::runtime_error where the kernel does not tell
[[nodiscard]] std::set<agent_protocol::LeasedPort> listening_ports();

}  // namespace encluster::agent
