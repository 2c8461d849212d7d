// The TCP connections of this machine, as its kernel tells them (sock_diag(7)).
#pragma once

#include <cstdint>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::sock_diag {

/// One end of a connection over IPv4.
struct TcpSocket {
  Ipv4Address local{};
  Ipv4Address remote{};
  PortNumber local_port{};
  PortNumber remote_port{};
  std::uint8_t state = 0;  ///< TCP_ESTABLISHED ... of netinet/tcp.h

  friend bool operator==(const TcpSocket&, const TcpSocket&) = default;
};

/// All TCP sockets in the calling thread's network namespace that have a connection over IPv4, in
/// every state but LISTEN and CLOSE. Those are included that have no program any more (TIME_WAIT
/// and others), or none yet (SYN_RECV), and those of IPv6 programs that talk to an IPv4 address.
/// Needs no rights. Blocks for about 1 us a socket, and allocates 16 bytes for each.
///
/// A connection that begins, ends or changes its state meanwhile may be there or not, or be there
/// twice. Any thread.
/// @throws std::runtime_error where the kernel does not tell
[[nodiscard]] std::vector<TcpSocket> tcp_sockets();

}  // namespace encluster::sock_diag
