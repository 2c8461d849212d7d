#include "sock_diag/dump.hpp"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <array>
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
struct FreeMessage {
  void operator()(nl_msg* message) const noexcept { nlmsg_free(message); }
};

struct Answer {
  const std::function<void(const inet_diag_msg&, nlmsghdr*)>& take;
  int error = 0;  ///< errno by which the kernel broke off, or 0
};

int check(int result, const Query& query) {
  if (result < 0) throw std::runtime_error(std::string(query.what) + ": " + nl_geterror(result));
  return result;
}

int take_socket(nl_msg* message, void* argument) noexcept {
  nlmsghdr* const header = nlmsg_hdr(message);
  inet_diag_msg socket{};
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      nlmsg_datalen(header) < static_cast<int>(sizeof(socket))) {
    return NL_SKIP;
  }
  std::memcpy(&socket, nlmsg_data(header), sizeof(socket));
  static_cast<Answer*>(argument)->take(socket, header);
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

void send_request(nl_sock* socket, int family, const Query& query) {
  const std::unique_ptr<nl_msg, FreeMessage> message(
      nlmsg_alloc_simple(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP));
  if (message == nullptr) throw std::bad_alloc();
  inet_diag_req_v2 request{};
  request.sdiag_family = static_cast<std::uint8_t>(family);
  request.sdiag_protocol = static_cast<std::uint8_t>(query.protocol);
  request.idiag_states = query.states;
  check(nlmsg_append(message.get(), &request, sizeof(request), NLMSG_ALIGNTO), query);
  if (query.ports) {
    const auto filter = filter_of(*query.ports);
    check(nla_put(message.get(), INET_DIAG_REQ_BYTECODE, sizeof(filter), filter.data()), query);
  }
  check(nl_send_auto(socket, message.get()), query);
}

/// @returns false if the list is to be asked for again
bool ask(int family, const Query& query, Answer& answer) {
  const Socket socket(nl_socket_alloc());
  if (socket == nullptr) throw std::bad_alloc();
  check(nl_connect(socket.get(), NETLINK_SOCK_DIAG), query);
  check(nl_socket_set_msg_buf_size(socket.get(), kBuffer), query);
  nl_socket_modify_cb(socket.get(), NL_CB_VALID, NL_CB_CUSTOM, &take_socket, &answer);
  nl_socket_modify_cb(socket.get(), NL_CB_FINISH, NL_CB_CUSTOM, &take_end, &answer);
  send_request(socket.get(), family, query);
  const int result = nl_recvmsgs_default(socket.get());
  if (result == -NLE_DUMP_INTR || result == -NLE_NOMEM) return false;
  check(result, query);
  if (answer.error != 0) check(-nl_syserr2nlerr(answer.error), query);
  return true;
}

}  // namespace

void dump(int family, const Query& query, const std::function<void()>& begin,
          const std::function<void(const inet_diag_msg&, nlmsghdr*)>& take) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Answer answer{.take = take};
    begin();
    if (ask(family, query, answer)) return;
  }
  check(-NLE_DUMP_INTR, query);
}

}  // namespace encluster::sock_diag
