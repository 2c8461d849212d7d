#include "sock_diag/bound_sockets.hpp"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <array>
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

struct FreeSocket {
  void operator()(nl_sock* socket) const noexcept { nl_socket_free(socket); }
};
struct FreeMessage {
  void operator()(nl_msg* message) const noexcept { nlmsg_free(message); }
};

struct Answer {
  std::vector<BoundSocket> sockets;
  int error = 0;  ///< errno by which the kernel broke off, or 0
};

int check(int result) {
  if (result < 0) {
    throw std::runtime_error(std::string("listing bound sockets: ") + nl_geterror(result));
  }
  return result;
}

/// Whether an IPv6 socket refuses IPv4. The kernel always tells.
bool is_ipv6_only(const nlmsghdr* header) {
  const nlattr* const told =
      nlmsg_find_attr(const_cast<nlmsghdr*>(header), sizeof(inet_diag_msg), INET_DIAG_SKV6ONLY);
  return told != nullptr && nla_len(told) >= 1 && nla_get_u8(told) != 0;
}

/// Where the socket receives by IPv4; nothing if nowhere.
std::optional<Ipv4Address> local_of(const nlmsghdr* header, const inet_diag_msg& socket) {
  const auto& words = socket.id.idiag_src;
  if (socket.idiag_family == AF_INET) return Ipv4Address(ntohl(words[0]));
  if (socket.idiag_family != AF_INET6 || words[0] != 0 || words[1] != 0) return std::nullopt;
  if (words[2] == htonl(0xffff)) return Ipv4Address(ntohl(words[3]));
  const bool any = words[2] == 0 && words[3] == 0;
  if (!any || is_ipv6_only(header)) return std::nullopt;
  return Ipv4Address();
}

int take_socket(nl_msg* message, void* argument) noexcept {
  const nlmsghdr* const header = nlmsg_hdr(message);
  inet_diag_msg socket{};
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      nlmsg_datalen(header) < static_cast<int>(sizeof(socket))) {
    return NL_SKIP;
  }
  std::memcpy(&socket, nlmsg_data(header), sizeof(socket));
  if (const auto local = local_of(header, socket)) {
    static_cast<Answer*>(argument)->sockets.push_back(
        {.local = *local,
         .port = PortNumber(ntohs(socket.id.idiag_sport)),
         .device = socket.id.idiag_if,
         .inode = socket.idiag_inode});
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

/// A program for the kernel: passes sockets whose own port is in the span. A jump past the end by
/// four rejects (net/ipv4/inet_diag.c).
std::array<inet_diag_bc_op, 4> filter_of(const PortSpan& ports) {
  constexpr std::uint8_t kPair = 2 * sizeof(inet_diag_bc_op);
  constexpr std::uint16_t kReject = sizeof(inet_diag_bc_op);
  return {{{.code = INET_DIAG_BC_S_GE, .yes = kPair, .no = 2 * kPair + kReject},
           {.code = 0, .yes = 0, .no = ports.first.value()},
           {.code = INET_DIAG_BC_S_LE, .yes = kPair, .no = kPair + kReject},
           {.code = 0, .yes = 0, .no = ports.last.value()}}};
}

void send_request(nl_sock* socket, std::uint8_t family, Protocol protocol, const PortSpan& ports) {
  const std::unique_ptr<nl_msg, FreeMessage> message(
      nlmsg_alloc_simple(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP));
  if (message == nullptr) throw std::bad_alloc();
  const bool is_udp = protocol == Protocol::udp;
  inet_diag_req_v2 request{};
  request.sdiag_family = family;
  request.sdiag_protocol = is_udp ? IPPROTO_UDP : IPPROTO_TCP;
  // A UDP socket without a remote is CLOSE to the kernel.
  request.idiag_states = bit(is_udp ? TCP_CLOSE : TCP_LISTEN);
  const auto filter = filter_of(ports);
  check(nlmsg_append(message.get(), &request, sizeof(request), NLMSG_ALIGNTO));
  check(nla_put(message.get(), INET_DIAG_REQ_BYTECODE, sizeof(filter), filter.data()));
  check(nl_send_auto(socket, message.get()));
}

/// @returns false if the list is to be asked for again
bool ask(std::uint8_t family, Protocol protocol, const PortSpan& ports, Answer& answer) {
  const std::unique_ptr<nl_sock, FreeSocket> socket(nl_socket_alloc());
  if (socket == nullptr) throw std::bad_alloc();
  check(nl_connect(socket.get(), NETLINK_SOCK_DIAG));
  check(nl_socket_set_msg_buf_size(socket.get(), kBuffer));
  nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, &take_socket, &answer);
  nl_socket_modify_cb(socket.get(), NL_CB_FINISH, NL_CB_CUSTOM, &take_end, &answer);
  send_request(socket.get(), family, protocol, ports);
  const int result = nl_recvmsgs_default(socket.get());
  if (result == -NLE_DUMP_INTR || result == -NLE_NOMEM) return false;
  check(result);
  if (answer.error != 0) check(-nl_syserr2nlerr(answer.error));
  return true;
}

void append(std::uint8_t family, Protocol protocol, const PortSpan& ports,
            std::vector<BoundSocket>& sockets) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Answer answer;
    if (!ask(family, protocol, ports, answer)) continue;
    sockets.insert(sockets.end(), answer.sockets.begin(), answer.sockets.end());
    return;
  }
  check(-NLE_DUMP_INTR);
}

}  // namespace

std::vector<BoundSocket> bound_sockets(Protocol protocol, const PortSpan& ports) {
  std::vector<BoundSocket> sockets;
  append(AF_INET, protocol, ports, sockets);
  append(AF_INET6, protocol, ports, sockets);
  return sockets;
}

}  // namespace encluster::sock_diag
