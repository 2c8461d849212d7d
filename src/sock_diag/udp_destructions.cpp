#include "sock_diag/udp_destructions.hpp"

#include <linux/filter.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

namespace encluster::sock_diag {
namespace {

/// Bytes of a message up to the socket's own port.
constexpr std::size_t kPortAt =
    NLMSG_HDRLEN + offsetof(inet_diag_msg, id) + offsetof(inet_diag_sockid, idiag_sport);
/// Bytes; a message has less than 512.
constexpr std::size_t kBuffer = 8192;
/// Messages taken at a time: a flood of them must not keep the caller.
constexpr int kAtOnce = 4096;

int check(int result) {
  if (result < 0) {
    throw std::runtime_error(std::string("hearing of closed sockets: ") + nl_geterror(result));
  }
  return result;
}

/// Lets only messages about these ports into the socket's queue.
void attach_filter(int descriptor, const PortSpan& ports) {
  constexpr std::uint32_t kWhole = 0xffffffff;
  std::array<sock_filter, 5> program{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kPortAt),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ports.first.value(), 0, 2),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ports.last.value(), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, kWhole),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != 0) {
    throw std::runtime_error(std::string("hearing of closed sockets: ") + std::strerror(errno));
  }
}

}  // namespace

void UdpDestructions::Free::operator()(nl_sock* socket) const noexcept { nl_socket_free(socket); }

UdpDestructions::UdpDestructions(const PortSpan& ports) : socket_(nl_socket_alloc()) {
  if (socket_ == nullptr) throw std::bad_alloc();
  nl_socket_disable_seq_check(socket_.get());
  check(nl_connect(socket_.get(), NETLINK_SOCK_DIAG));
  attach_filter(descriptor(), ports);
  check(nl_socket_set_nonblocking(socket_.get()));
  check(nl_socket_add_memberships(socket_.get(), SKNLGRP_INET_UDP_DESTROY,
                                  SKNLGRP_INET6_UDP_DESTROY, 0));
}

int UdpDestructions::descriptor() const noexcept { return nl_socket_get_fd(socket_.get()); }

bool UdpDestructions::take() {
  bool any = false;
  std::array<std::byte, kBuffer> buffer;
  for (int i = 0; i < kAtOnce; ++i) {
    sockaddr_nl from{};
    socklen_t size = sizeof(from);
    const ssize_t got = recvfrom(descriptor(), buffer.data(), buffer.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0 && errno == EINTR) continue;
    // ENOBUFS: some are lost, and more may be there.
    if (got < 0 && errno != ENOBUFS) return any;
    // Only the kernel may say so; other processes can send to a netlink socket as well.
    if (got < 0 || from.nl_pid == 0) any = true;
  }
  return any;
}

}  // namespace encluster::sock_diag
