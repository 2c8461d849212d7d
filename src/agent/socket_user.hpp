// Which program has a socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace encluster::agent {

struct SocketUser {
  std::uint32_t process = 0;  ///< its number
  std::string command;        ///< its name, as it chose it: any bytes
};

/// A process that has the socket open, of those whose files the caller may see; searched in /proc.
/// Nothing where there is none, or where it is not among the first some ten thousand open files.
/// Blocks for about 1 us an open file of the machine, 50 ms at most on a quiet one. Any thread.
/// @param inode of the socket, as in /proc/PID/fd
[[nodiscard]] std::optional<SocketUser> find_socket_user(std::uint32_t inode);

}  // namespace encluster::agent
