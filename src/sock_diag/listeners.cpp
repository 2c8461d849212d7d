#include "sock_diag/listeners.hpp"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace encluster::sock_diag {
namespace {

constexpr int kAttempts = 5;
/// Bytes; the kernel never fills more at a time.
constexpr std::size_t kBuffer = 32 * 1024;

struct FreeSocket {
  void operator()(nl_sock* socket) const noexcept { nl_socket_free(socket); }
};
using Socket = std::unique_ptr<nl_sock, FreeSocket>;

struct Answer {
  std::set<ListeningPort>& ports;
  Protocol protocol;
  int error = 0;  ///< errno by which the kernel broke off, or 0
};

int check(int result) {
  if (result < 0) {
    throw std::runtime_error(std::string("listing listening sockets: ") + nl_geterror(result));
  }
  return result;
}

/// Whether a socket of IPv6 hears IPv6 only; the kernel says so of those that listen.
bool is_ipv6_only(nlmsghdr* header) {
  const nlattr* const attribute =
      nlmsg_find_attr(header, sizeof(inet_diag_msg), INET_DIAG_SKV6ONLY);
  return attribute != nullptr && nla_len(attribute) >= 1 && nla_get_u8(attribute) != 0;
}

/// Whether other machines reach it over IPv4 at the address that it is bound to (RFC 4291, 2.5.5.2:
/// IPv6 addresses that map one).
bool hears_ipv4(const inet_diag_msg& socket, nlmsghdr* header) {
  const auto& words = socket.id.idiag_src;
  const bool ipv6 = socket.idiag_family == AF_INET6;
  if (ipv6 && std::ranges::all_of(words, [](std::uint32_t word) { return word == 0; })) {
    return !is_ipv6_only(header);
  }
  if (ipv6 && (words[0] != 0 || words[1] != 0 || words[2] != htonl(0xffff))) return false;
  return ntohl(ipv6 ? words[3] : words[0]) >> 24 != IN_LOOPBACKNET;
}

int take_socket(nl_msg* message, void* argument) noexcept {
  nlmsghdr* const header = nlmsg_hdr(message);
  inet_diag_msg socket{};
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      nlmsg_datalen(header) < static_cast<int>(sizeof(socket))) {
    return NL_SKIP;
  }
  std::memcpy(&socket, nlmsg_data(header), sizeof(socket));
  auto& answer = *static_cast<Answer*>(argument);
  const PortNumber port(ntohs(socket.id.idiag_sport));
  if (port != PortNumber() && hears_ipv4(socket, header)) {
    answer.ports.insert({answer.protocol, port});
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
  request.sdiag_protocol = static_cast<std::uint8_t>(answer.protocol);
  // A UDP socket that is connected to nobody has the state of a TCP socket that is closed.
  request.idiag_states = 1u << (answer.protocol == Protocol::tcp ? TCP_LISTEN : TCP_CLOSE);
  check(nl_send_simple(socket.get(), SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request, sizeof(request)));
  const int result = nl_recvmsgs_default(socket.get());
  if (result == -NLE_DUMP_INTR || result == -NLE_NOMEM) return false;
  check(result);
  if (answer.error != 0) check(-nl_syserr2nlerr(answer.error));
  return true;
}

/// A port that was heard of twice is there once: an attempt that broke off takes nothing away.
void collect(std::uint8_t family, Protocol protocol, std::set<ListeningPort>& ports) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Answer answer{.ports = ports, .protocol = protocol};
    if (ask(family, answer)) return;
  }
  check(-NLE_DUMP_INTR);
}

}  // namespace

std::set<ListeningPort> listeners() {
  std::set<ListeningPort> ports;
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
    collect(AF_INET, protocol, ports);
    collect(AF_INET6, protocol, ports);
  }
  return ports;
}

}  // namespace encluster::sock_diag
