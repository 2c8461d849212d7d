#include "agent/listening_ports.hpp"

#include "sock_diag/bound_sockets.hpp"

namespace encluster::agent {

std::set<agent_protocol::LeasedPort> listening_ports() {
  constexpr sock_diag::PortSpan kAll{PortNumber(1), PortNumber(65535)};
  constexpr Ipv4Prefix kLoopback{Ipv4Address(127, 0, 0, 0), 8};
  std::set<agent_protocol::LeasedPort> ports;
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
    for (const auto& socket : sock_diag::bound_sockets(protocol, kAll)) {
      if (!kLoopback.contains(socket.local)) ports.insert({protocol, socket.port});
    }
  }
  return ports;
}

}  // namespace encluster::agent
