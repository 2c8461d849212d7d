#include "sock_diag/bound_sockets.hpp"

#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include <optional>

#include "sock_diag/dump.hpp"

namespace encluster::sock_diag {
namespace {

/// Whether an IPv6 socket refuses IPv4. The kernel always tells.
bool is_ipv6_only(nlmsghdr* message) {
  const nlattr* const told = nlmsg_find_attr(message, sizeof(inet_diag_msg), INET_DIAG_SKV6ONLY);
  return told != nullptr && nla_len(told) >= 1 && nla_get_u8(told) != 0;
}

/// Where the socket receives by IPv4; nothing if nowhere.
std::optional<Ipv4Address> local_of(const inet_diag_msg& socket, nlmsghdr* message) {
  const auto& words = socket.id.idiag_src;
  if (socket.idiag_family == AF_INET) return Ipv4Address(ntohl(words[0]));
  if (socket.idiag_family != AF_INET6 || words[0] != 0 || words[1] != 0) return std::nullopt;
  if (words[2] == htonl(0xffff)) return Ipv4Address(ntohl(words[3]));
  const bool any = words[2] == 0 && words[3] == 0;
  if (!any || is_ipv6_only(message)) return std::nullopt;
  return Ipv4Address();
}

std::optional<BoundSocket> read(const inet_diag_msg& socket, nlmsghdr* message) {
  const auto local = local_of(socket, message);
  if (!local) return std::nullopt;
  return BoundSocket{.local = *local,
                     .port = PortNumber(ntohs(socket.id.idiag_sport)),
                     .device = socket.id.idiag_if,
                     .inode = socket.idiag_inode,
                     .user = socket.idiag_uid};
}

}  // namespace

std::vector<BoundSocket> bound_sockets(Protocol protocol, const PortSpan& ports) {
  // A UDP socket without a remote is CLOSE to the kernel.
  const int state = protocol == Protocol::udp ? TCP_CLOSE : TCP_LISTEN;
  return list(Query{.protocol = protocol,
                    .states = 1u << state,
                    .ports = ports,
                    .what = "listing bound sockets"},
              &read);
}

}  // namespace encluster::sock_diag
