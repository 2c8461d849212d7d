#include "sock_diag/tcp_sockets.hpp"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>

namespace encluster::sock_diag {
namespace {

constexpr int kAttempts = 5;
/// Bytes; the kernel never fills more at a time.
constexpr std::size_t kBuffer = 32 * 1024;

constexpr unsigned bit(int state) { return 1u << state; }

// TCP_SYN_RECV stands for the requests of listeners, too.
constexpr unsigned kStates = bit(TCP_ESTABLISHED) | bit(TCP_SYN_SENT) | bit(TCP_SYN_RECV) |
                             bit(TCP_FIN_WAIT1) | bit(TCP_FIN_WAIT2) | bit(TCP_TIME_WAIT) |
                             bit(TCP_CLOSE_WAIT) | bit(TCP_LAST_ACK) | bit(TCP_CLOSING);

struct FreeSocket {
  void operator()(nl_sock* socket) const noexcept { nl_socket_free(socket); }
};
using Socket = std::unique_ptr<nl_sock, FreeSocket>;

struct Answer {
  std::vector<TcpSocket> sockets;
  int error = 0;  ///< errno by which the kernel broke off, or 0
};

int check(int result) {
  if (result < 0) {
    throw std::runtime_error(std::string("listing TCP sockets: ") + nl_geterror(result));
  }
  return result;
}

/// The address of an IPv4 socket, and of an IPv6 one the IPv4 address that it maps (RFC 4291,
/// 2.5.5.2), if it does.
std::optional<Ipv4Address> ipv4_of(std::uint8_t family, const std::uint32_t (&words)[4]) {
  const bool mapped = words[0] == 0 && words[1] == 0 && words[2] == htonl(0xffff);
  if (family == AF_INET) return Ipv4Address(ntohl(words[0]));
  if (family == AF_INET6 && mapped) return Ipv4Address(ntohl(words[3]));
  return std::nullopt;
}

int take_socket(nl_msg* message, void* argument) noexcept {
  const nlmsghdr* const header = nlmsg_hdr(message);
  inet_diag_msg socket{};
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      nlmsg_datalen(header) < static_cast<int>(sizeof(socket))) {
    return NL_SKIP;
  }
  std::memcpy(&socket, nlmsg_data(header), sizeof(socket));
  const auto local = ipv4_of(socket.idiag_family, socket.id.idiag_src);
  const auto remote = ipv4_of(socket.idiag_family, socket.id.idiag_dst);
  if (local && remote) {
    static_cast<Answer*>(argument)->sockets.push_back(
        {.local = *local,
         .remote = *remote,
         .local_port = PortNumber(ntohs(socket.id.idiag_sport)),
         .remote_port = PortNumber(ntohs(socket.id.idiag_dport)),
         .state = socket.idiag_state});
  }
  return NL_OK;
}

/// What libnl does not look at: a kernel without this service says so at the end of an empty list.
int take_end(nl_msg* message, void* argument) noexcept {
  const nlmsghdr* const header = nlmsg_hdr(message);
  int error = 0;
  if (nlmsg_datalen(header) >= static_cast<int>(sizeof(error))) {
    std::memcpy(&error, nlmsg_data(header), sizeof(error));
  }
  static_cast<Answer*>(argument)->error = -error;
  return NL_OK;
}

/// @returns false if the list is to be asked for again
bool ask(std::uint8_t family, Answer& answer) {
  const Socket socket(nl_socket_alloc());
  if (socket == nullptr) throw std::bad_alloc();
  check(nl_connect(socket.get(), NETLINK_SOCK_DIAG));
  check(nl_socket_set_msg_buf_size(socket.get(), kBuffer));
  nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, &take_socket, &answer);
  nl_socket_modify_cb(socket.get(), NL_CB_FINISH, NL_CB_CUSTOM, &take_end, &answer);
  inet_diag_req_v2 request{};
  request.sdiag_family = family;
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_states = kStates;
  check(nl_send_simple(socket.get(), SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request, sizeof(request)));
  const int result = nl_recvmsgs_default(socket.get());
  if (result == -NLE_DUMP_INTR || result == -NLE_NOMEM) return false;
  check(result);
  if (answer.error != 0) check(-nl_syserr2nlerr(answer.error));
  return true;
}

void append(std::uint8_t family, std::vector<TcpSocket>& sockets) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Answer answer{.sockets = std::move(sockets)};
    const std::size_t before = answer.sockets.size();
    const bool whole = ask(family, answer);
    if (!whole) answer.sockets.resize(before);
    sockets = std::move(answer.sockets);
    if (whole) return;
  }
  check(-NLE_DUMP_INTR);
}

}  // namespace

std::vector<TcpSocket> tcp_sockets() {
  std::vector<TcpSocket> sockets;
  append(AF_INET, sockets);
  append(AF_INET6, sockets);
  return sockets;
}

}  // namespace encluster::sock_diag
