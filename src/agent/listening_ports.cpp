#include "agent/listening_ports.hpp"

#include <algorithm>
#include <iterator>

#include "sock_diag/bound_sockets.hpp"

namespace encluster::agent {

ListeningPorts listening_ports() {
  constexpr sock_diag::PortSpan kAll{PortNumber(1), PortNumber(65535)};
  constexpr Ipv4Prefix kLoopback{Ipv4Address(127, 0, 0, 0), 8};
  ListeningPorts ports;
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
    for (const auto& socket : sock_diag::bound_sockets(protocol, kAll)) {
      if (!kLoopback.contains(socket.local)) ports[{protocol, socket.port}].insert(socket.user);
    }
  }
  return ports;
}

std::vector<RpcProgram> running(const std::vector<RpcProgram>& programs,
                                const ListeningPorts& listening) {
  std::vector<RpcProgram> running;
  std::ranges::copy_if(programs, std::back_inserter(running), [&](const RpcProgram& program) {
    const auto port = listening.find(program.port);
    return port != listening.end() && (!program.user || port->second.contains(*program.user));
  });
  return running;
}

}  // namespace encluster::agent
