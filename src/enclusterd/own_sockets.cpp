#include "enclusterd/own_sockets.hpp"

#include "sock_diag/tcp_sockets.hpp"

namespace encluster {

using agent_protocol::SocketState;

std::vector<agent_protocol::TcpSocket> own_sockets() {
  constexpr std::uint8_t kNewSynReceived =
      12;  // TCP_NEW_SYN_RECV, which is in no header for programs
  std::vector<agent_protocol::TcpSocket> own;
  for (const sock_diag::TcpSocket& socket : sock_diag::tcp_sockets()) {
    own.push_back({.remote = socket.remote,
                   .remote_port = socket.remote_port,
                   .port = socket.local_port,
                   .shown = socket.local_port,
                   .state = socket.state == kNewSynReceived
                                ? SocketState::syn_received
                                : static_cast<SocketState>(socket.state)});
  }
  return own;
}

}  // namespace encluster
