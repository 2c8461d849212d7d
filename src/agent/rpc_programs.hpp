// Which RPC programs of this machine are to be found where, as its rpcbind tells.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "rpcbind/rpcbind.hpp"

namespace encluster::agent {

/// One of the ports of an RPC program, by IPv4.
struct RpcProgram {
  std::uint32_t number = 0;  ///< not 0
  agent_protocol::LeasedPort port;
  std::optional<uid_t> user;              ///< who registered it; nothing: a privileged one
  std::vector<std::uint32_t> versions{};  ///< that this user registered there; rising, none 0

  friend auto operator<=>(const RpcProgram&, const RpcProgram&) = default;
};

/// Reads an entry of rpcbind's list. Any texts may be given.
/// @return nothing where it is none of TCP or UDP over IPv4, or makes no sense
[[nodiscard]] std::optional<RpcProgram> read_rpc_program(const rpcbind::Registration& entry);

/// The versions together that one user registered of one program at one port. Rising.
[[nodiscard]] std::vector<RpcProgram> merge(const std::vector<RpcProgram>& programs);

/// What rpcbind has registered, merged. A program may have ended and still be registered. Blocks;
/// any thread. @throws std::runtime_error if rpcbind does
/// not answer
[[nodiscard]] std::vector<RpcProgram> rpc_programs();

}  // namespace encluster::agent
