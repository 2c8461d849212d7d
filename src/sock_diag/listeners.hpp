// The ports at which programs of this machine wait for messages, as its kernel tells them
// (sock_diag(7)).
#pragma once

#include <compare>
#include <set>

#include "encluster/types.hpp"

namespace encluster::sock_diag {

struct ListeningPort {
  Protocol protocol = Protocol::tcp;  ///< TCP or UDP
  PortNumber port;

  friend auto operator<=>(const ListeningPort&, const ListeningPort&) = default;
};

/// Ports of the calling thread's network namespace at which a TCP socket listens, or a UDP socket
/// is bound that is connected to nobody, and hears IPv4 from other machines: not bound to an
/// address of 127.0.0.0/8, nor to IPv6 alone. Needs no rights. The kernel looks at its listening
/// sockets only: connections cost nothing, a socket about 1 us. A socket that begins or ends
/// meanwhile may be there or not. Blocks; any thread.
/// @throws std::runtime_error where the kernel does not tell
[[nodiscard]] std::set<ListeningPort> listeners();

}  // namespace encluster::sock_diag
