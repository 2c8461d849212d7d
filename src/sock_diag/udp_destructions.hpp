// Tells when a UDP socket of this machine is gone (sock_diag(7), SKNLGRP_INET_UDP_DESTROY).
#pragma once

#include <memory>

#include "sock_diag/port_span.hpp"

struct nl_sock;

namespace encluster::sock_diag {

/// Hears of UDP sockets, over IPv4 and IPv6, of the network namespace it was made in. What other
/// ports do is passed over in the kernel, so that a busy resolver wakes nobody. One thread.
class UdpDestructions {
 public:
  /// Needs no rights. @throws std::runtime_error where the kernel does not tell
  explicit UdpDestructions(const PortSpan& ports);

  /// Readable when there is something to take; this object's own.
  [[nodiscard]] int descriptor() const noexcept;

  /// Takes all that there is, and does not block. @returns whether a socket on one of the ports
  /// may be gone; also true where the kernel could not tell of all.
  [[nodiscard]] bool take();

 private:
  struct Free {
    void operator()(nl_sock* socket) const noexcept;
  };

  std::unique_ptr<nl_sock, Free> socket_;
};

}  // namespace encluster::sock_diag
