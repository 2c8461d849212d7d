#include "enclusterd/own_sockets.hpp"

#include "sock_diag/tcp_sockets.hpp"

namespace encluster {

using agent_protocol::SocketState;

std::vector<agent_protocol::TcpSocket> own_sockets() {
  std::vector<agent_protocol::TcpSocket> own;
  for (const sock_diag::TcpSocket& socket : sock_diag::tcp_sockets()) {
    own.push_back({.remote = socket.remote,
                   .remote_port = socket.remote_port,
                   .port = socket.local_port,
                   .shown = socket.local_port,
                   .state = static_cast<SocketState>(socket.state)});
  }
  return own;
}

}  // namespace encluster
