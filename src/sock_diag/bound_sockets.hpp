// The sockets of this machine that wait for whoever comes (sock_diag(7)).
#pragma once

#include <cstdint>
#include <vector>

#include "encluster/types.hpp"
#include "sock_diag/port_span.hpp"

namespace encluster::sock_diag {

/// A UDP socket without a remote, or a TCP listener, that can receive by IPv4.
struct BoundSocket {
  Ipv4Address local{};  ///< 0.0.0.0: any address of the machine
  PortNumber port{};
  std::uint32_t device = 0;  ///< number of the interface that it is bound to; 0: to none
  std::uint32_t inode = 0;   ///< as in /proc/PID/fd; 0: of no program
  std::uint32_t user = 0;    ///< effective, of who has made it

  friend bool operator==(const BoundSocket&, const BoundSocket&) = default;
};

/// All such sockets on these ports in the calling thread's network namespace. IPv6 sockets are
/// among them that receive by IPv4 as well: at :: without IPV6_V6ONLY, or at a mapped address.
/// Sockets of other ports are passed over in the kernel.
///
/// Needs no rights. Blocks while the kernel looks through its table: some 10 ns a slot and socket.
/// A socket that is opened or closed meanwhile may be there or not; where more than some 300 are
/// there, one that stays may be missing in rare cases. Any thread.
/// @param protocol UDP or TCP
/// @throws std::runtime_error where the kernel does not tell
[[nodiscard]] std::vector<BoundSocket> bound_sockets(Protocol protocol, const PortSpan& ports);

}  // namespace encluster::sock_diag
