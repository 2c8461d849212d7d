// Which RPC programs of this machine are to be found where, as its rpcbind tells.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// One of the ports of an RPC program, by IPv4.
struct RpcProgram {
  std::uint32_t number = 0;
  agent_protocol::LeasedPort port;
  std::optional<uid_t> user;  ///< who registered it; nothing: a privileged one

  friend auto operator<=>(const RpcProgram&, const RpcProgram&) = default;
};

/// Until rpcbind is taken for dead.
inline constexpr std::chrono::seconds kRpcbindLimit{2};

/// Reads an entry of rpcbind's list. Any text, or null, may be given.
/// @param network the protocol's name in netconfig(5), such as "udp"
/// @param address a universal address (RFC 5665), such as "0.0.0.0.3.107"
/// @param owner as rpcbind says: a user's number, "superuser", or "unknown" where a request came
/// over the loopback interface, for which rpcbind wants a privileged port
/// @return nothing where it is none of TCP or UDP over IPv4, or makes no sense
[[nodiscard]] std::optional<RpcProgram> read_rpc_program(std::uint32_t number, const char* network,
                                                         const char* address, const char* owner);

/// What rpcbind has registered, whatever the version, each port once, rising. A program may have
/// ended and still be registered. Blocks for up to twice kRpcbindLimit; any thread.
/// @throws std::runtime_error if rpcbind does not answer
[[nodiscard]] std::vector<RpcProgram> rpc_programs();

}  // namespace encluster::agent
