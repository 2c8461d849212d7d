// What all lists of the kernel's sockets have in common (sock_diag(7)).
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "encluster/types.hpp"
#include "sock_diag/port_span.hpp"

struct inet_diag_msg;
struct nlmsghdr;

namespace encluster::sock_diag {

struct Query {
  Protocol protocol = Protocol::tcp;  ///< TCP or UDP
  unsigned states = 0;                ///< a bit for each, by TCP's numbers
  std::optional<PortSpan> ports{};    ///< only sockets with such a port of their own
  const char* what = "";              ///< of errors: "listing TCP sockets"
};

/// Asks for all sockets of the family in the calling thread's network namespace, again where the
/// kernel says that it was disturbed. Blocks.
/// @param family AF_INET or AF_INET6
/// @param begin called before each attempt: what was taken by then is to be forgotten
/// @param take gets each socket, and the message that it is in for its attributes; must not throw
/// @throws std::runtime_error where the kernel does not tell
void dump(int family, const Query& query, const std::function<void()>& begin,
          const std::function<void(const inet_diag_msg&, nlmsghdr*)>& take);

/// The same for IPv4 and IPv6.
/// @param read makes a list's element of a socket, or nothing
template <typename Socket>
std::vector<Socket> list(const Query& query,
                         std::optional<Socket> (*read)(const inet_diag_msg&, nlmsghdr*)) {
  std::vector<Socket> sockets;
  for (const int family : {AF_INET, AF_INET6}) {
    const std::size_t before = sockets.size();
    dump(
        family, query, [&] { sockets.resize(before); },
        [&](const inet_diag_msg& socket, nlmsghdr* message) {
          if (const auto one = read(socket, message)) sockets.push_back(*one);
        });
  }
  return sockets;
}

}  // namespace encluster::sock_diag
