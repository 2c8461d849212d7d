// At which ports programs of this machine wait for other machines.
#pragma once

#include <sys/types.h>

#include <map>
#include <set>
#include <vector>

#include "agent/rpc_programs.hpp"
#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// Ports, each with the users whose sockets are there.
using ListeningPorts = std::map<agent_protocol::LeasedPort, std::set<uid_t>>;

/// Ports at which a TCP socket listens, or a UDP socket is bound that is connected to nobody, and
/// hears IPv4 from other machines: not at an address of 127.0.0.0/8, nor of IPv6 alone. Connections
/// cost nothing, a socket about 1 us. Blocks; any thread.
/// @throws std::runtime_error where the kernel does not tell
[[nodiscard]] ListeningPorts listening_ports();

/// Those of the programs that have not ended: something listens there. It must be theirs. rpcbind
/// lets any user register any port, so that one might open another's to the world: what a user has
/// registered must be the user's own socket.
[[nodiscard]] std::vector<RpcProgram> running(const std::vector<RpcProgram>& programs,
                                              const ListeningPorts& listening);

}  // namespace encluster::agent
