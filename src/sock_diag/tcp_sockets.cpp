#include "sock_diag/tcp_sockets.hpp"

#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <optional>

#include "sock_diag/dump.hpp"

namespace encluster::sock_diag {
namespace {

constexpr unsigned bit(int state) { return 1u << state; }

// TCP_SYN_RECV stands for the requests of listeners, too.
constexpr unsigned kStates = bit(TCP_ESTABLISHED) | bit(TCP_SYN_SENT) | bit(TCP_SYN_RECV) |
                             bit(TCP_FIN_WAIT1) | bit(TCP_FIN_WAIT2) | bit(TCP_TIME_WAIT) |
                             bit(TCP_CLOSE_WAIT) | bit(TCP_LAST_ACK) | bit(TCP_CLOSING);

/// The address of an IPv4 socket, and of an IPv6 one the IPv4 address that it maps (RFC 4291,
/// 2.5.5.2), if it does.
std::optional<Ipv4Address> ipv4_of(std::uint8_t family, const std::uint32_t (&words)[4]) {
  const bool mapped = words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff);
  if (family == AF_INET) return Ipv4Address(ntohl(words[0]));
  if (family == AF_INET6 && mapped) return Ipv4Address(ntohl(words[3]));
  return std::nullopt;
}

std::optional<TcpSocket> read(const inet_diag_msg& socket, nlmsghdr* /*message*/) {
  const auto local = ipv4_of(socket.idiag_family, socket.id.idiag_src);
  const auto remote = ipv4_of(socket.idiag_family, socket.id.idiag_dst);
  if (!local || !remote) return std::nullopt;
  return TcpSocket{.local = *local,
                   .remote = *remote,
                   .local_port = PortNumber(ntohs(socket.id.idiag_sport)),
                   .remote_port = PortNumber(ntohs(socket.id.idiag_dport)),
                   .state = socket.idiag_state};
}

}  // namespace

std::vector<TcpSocket> tcp_sockets() {
  return list(Query{.protocol = Protocol::tcp, .states = kStates, .what = "listing TCP sockets"},
              &read);
}

}  // namespace encluster::sock_diag
