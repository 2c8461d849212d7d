#include "sock_diag/tcp_sockets.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "control/file_descriptor.hpp"
#include "root/control/private_namespace.hpp"

namespace encluster::sock_diag {
namespace {

using control::FileDescriptor;
using test::PrivateNamespace;
using test::run;

constexpr Ipv4Address kHere(127, 0, 0, 1);
constexpr PortNumber kService(std::uint16_t{513});

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

sockaddr_in address_of(Ipv4Address address, PortNumber port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address.value());
  result.sin_port = htons(port.value());
  return result;
}

/// A service at all addresses, as inetd and sshd open it.
FileDescriptor listen_at(int family, PortNumber port) {
  FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(port.value());
  const sockaddr_in any4 = address_of(Ipv4Address(), port);
  const auto* address = family == AF_INET6 ? reinterpret_cast<const sockaddr*>(&any6)
                                           : reinterpret_cast<const sockaddr*>(&any4);
  const socklen_t size = family == AF_INET6 ? sizeof(any6) : sizeof(any4);
  require(::bind(socket.get(), address, size) == 0, "cannot bind");
  require(::listen(socket.get(), 4096) == 0, "cannot listen");
  return socket;
}

PortNumber port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof(address);
  require(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0, "no name");
  return PortNumber(ntohs(address.sin_port));
}

/// The client's end of a connection that may not come to be.
FileDescriptor begin(Ipv4Address address, PortNumber port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const sockaddr_in to = address_of(address, port);
  const int result = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  require(result == 0 || errno == EINPROGRESS, "cannot connect");
  return socket;
}

/// Both ends of a connection.
struct Pair {
  Pair(const FileDescriptor& listener, Ipv4Address address, PortNumber port)
      : client(begin(address, port)),
        server(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)),
        client_port(port_of(client.get())) {
    require(server.get() >= 0, "cannot accept");
  }

  FileDescriptor client;
  FileDescriptor server;
  PortNumber client_port;
};

/// In which state is the end with that local and that remote port: 0 if there is none.
int state_of(PortNumber local, PortNumber remote) {
  int found = 0;
  for (const TcpSocket& socket : tcp_sockets()) {
    if (socket.local_port != local || socket.remote_port != remote) continue;
    CHECK(socket.local == kHere);
    CHECK(socket.remote == kHere);
    CHECK(found == 0);
    found = socket.state;
  }
  return found;
}

/// What the state is once it is that; any other after two seconds, since acknowledgements may be
/// delayed.
int settled(PortNumber local, PortNumber remote, int state) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (state_of(local, remote) != state && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return state_of(local, remote);
}

void check_client(PortNumber client, int state) {
  CHECK(settled(client, kService, state) == state);
}
void check_server(PortNumber client, int state) {
  CHECK(settled(kService, client, state) == state);
}

/// From now on nothing with these flags leaves this namespace, by TCP.
void drop(const std::string& flags) {
  run("nft 'add table inet t; add chain inet t out { type filter hook output priority 0; }; "
      "add rule inet t out tcp flags " +
      flags + " drop'");
}

/// Of this thread, in the kernel as well: however busy the machine is.
std::chrono::milliseconds processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::milliseconds(time.tv_sec * 1000 + time.tv_nsec / 1'000'000);
}

}  // namespace

TEST_CASE("connections are listed in every state", "[root]") {
  const PrivateNamespace alone;
  const int family = GENERATE(AF_INET, AF_INET6);
  const FileDescriptor listener = listen_at(family, kService);
  CHECK(tcp_sockets().empty());

  const Pair established(listener, kHere, kService);
  check_client(established.client_port, TCP_ESTABLISHED);
  check_server(established.client_port, TCP_ESTABLISHED);

  Pair half_closed(listener, kHere, kService);
  ::shutdown(half_closed.client.get(), SHUT_WR);
  check_client(half_closed.client_port, TCP_FIN_WAIT2);
  check_server(half_closed.client_port, TCP_CLOSE_WAIT);

  Pair without_program(listener, kHere, kService);
  without_program.client = FileDescriptor();
  check_client(without_program.client_port, TCP_FIN_WAIT2);

  Pair over(listener, kHere, kService);
  over.server = FileDescriptor();
  over.client = FileDescriptor();
  check_server(over.client_port, TCP_TIME_WAIT);
  check_client(over.client_port, 0);

  drop("& (syn|ack) == syn|ack");
  const FileDescriptor begun = begin(kHere, kService);
  check_client(port_of(begun.get()), TCP_SYN_SENT);
  check_server(port_of(begun.get()), TCP_SYN_RECV);

  drop("ack");
  half_closed.server = FileDescriptor();
  check_server(half_closed.client_port, TCP_LAST_ACK);
  ::shutdown(established.client.get(), SHUT_WR);
  check_client(established.client_port, TCP_FIN_WAIT1);
}

TEST_CASE("connections over IPv6 are not listed", "[root]") {
  const PrivateNamespace alone;
  const FileDescriptor listener = listen_at(AF_INET6, kService);
  const FileDescriptor client(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_addr = in6addr_loopback;
  to.sin6_port = htons(kService.value());
  REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0);
  CHECK(tcp_sockets().empty());
}

TEST_CASE("200,000 sockets are listed, and what that costs", "[root]") {
  constexpr std::size_t kSockets = 200'000;
  constexpr std::size_t kAnAddress = 5000;
  const PrivateNamespace alone;
  run("echo 400000 >/proc/sys/net/ipv4/tcp_max_tw_buckets");
  run("echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse");
  const FileDescriptor listener = listen_at(AF_INET6, kService);
  for (std::size_t i = 0; i < kSockets; ++i) {
    const auto address = static_cast<std::uint32_t>(i / kAnAddress);
    Pair over(listener, Ipv4Address(kHere.value() + address), kService);
    over.client = FileDescriptor();
  }
  const auto before = processor_time();
  const std::vector<TcpSocket> sockets = tcp_sockets();
  const auto took = processor_time() - before;
  WARN(sockets.size() << " sockets listed in " << took.count() << " ms of processor time");
  // All but those that the kernel has not yet gone on with, or let pass in the middle of the list.
  CHECK(sockets.size() >= kSockets - kSockets / 1000);
}

}  // namespace encluster::sock_diag
