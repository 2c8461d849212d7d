#include "sock_diag/bound_sockets.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <vector>

#include "control/file_descriptor.hpp"
#include "root/control/private_namespace.hpp"
#include "sock_diag/udp_destructions.hpp"

namespace encluster::sock_diag {
namespace {

using control::FileDescriptor;
using test::PrivateNamespace;
using test::run;

constexpr PortSpan kSpan{PortNumber(512), PortNumber(1023)};
constexpr Ipv4Address kInside(10, 77, 0, 11);

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

FileDescriptor open_socket(int family, int type) {
  FileDescriptor socket(::socket(family, type | SOCK_CLOEXEC, 0));
  require(socket.get() >= 0, "no socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  return socket;
}

void bind4(const FileDescriptor& socket, Ipv4Address address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(address.value());
  name.sin_port = htons(port);
  require(::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0, "bind");
}

FileDescriptor udp4(Ipv4Address address, std::uint16_t port) {
  FileDescriptor socket = open_socket(AF_INET, SOCK_DGRAM);
  bind4(socket, address, port);
  return socket;
}

/// @param words the address
FileDescriptor udp6(const in6_addr& address, std::uint16_t port, bool only) {
  FileDescriptor socket = open_socket(AF_INET6, SOCK_DGRAM);
  const int value = only ? 1 : 0;
  ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof(value));
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_addr = address;
  name.sin6_port = htons(port);
  require(::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0, "bind6");
  return socket;
}

in6_addr mapped(Ipv4Address address) {
  in6_addr result{};
  result.s6_addr[10] = result.s6_addr[11] = 0xff;
  const std::uint32_t value = htonl(address.value());
  std::memcpy(&result.s6_addr[12], &value, sizeof(value));
  return result;
}

std::uint32_t inode_of(const FileDescriptor& socket) {
  struct stat status {};
  require(fstat(socket.get(), &status) == 0, "fstat");
  return static_cast<std::uint32_t>(status.st_ino);
}

bool readable(const UdpDestructions& destructions, int milliseconds) {
  pollfd ready{.fd = destructions.descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, milliseconds) == 1;
}

/// Of this thread, in the kernel as well: however busy the machine is.
std::chrono::microseconds processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::microseconds(time.tv_sec * 1'000'000 + time.tv_nsec / 1000);
}

}  // namespace

TEST_CASE("UDP sockets that receive by IPv4 are listed with their address, device and inode",
          "[root]") {
  const PrivateNamespace alone;
  run("ip addr add 10.77.0.11/32 dev lo");
  const FileDescriptor any = udp4(Ipv4Address(), 700);
  const FileDescriptor inside = udp4(kInside, 701);
  const FileDescriptor both = udp6(in6addr_any, 702, false);
  const FileDescriptor by_mapped = udp6(mapped(kInside), 703, false);
  const FileDescriptor of_device = open_socket(AF_INET, SOCK_DGRAM);
  require(::setsockopt(of_device.get(), SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) == 0, "device");
  bind4(of_device, Ipv4Address(), 704);
  auto sockets = bound_sockets(Protocol::udp, kSpan);
  std::ranges::sort(sockets, {}, &BoundSocket::port);
  CHECK(sockets == std::vector<BoundSocket>{{Ipv4Address(), PortNumber(700), 0, inode_of(any)},
                                            {kInside, PortNumber(701), 0, inode_of(inside)},
                                            {Ipv4Address(), PortNumber(702), 0, inode_of(both)},
                                            {kInside, PortNumber(703), 0, inode_of(by_mapped)},
                                            {Ipv4Address(), PortNumber(704), if_nametoindex("lo"),
                                             inode_of(of_device)}});
}

TEST_CASE("sockets of IPv6 alone, with a remote, or on other ports are not listed", "[root]") {
  const PrivateNamespace alone;
  const FileDescriptor only6 = udp6(in6addr_any, 700, true);
  const FileDescriptor loopback6 = udp6(in6addr_loopback, 701, false);
  const FileDescriptor below = udp4(Ipv4Address(), 511);
  const FileDescriptor above = udp4(Ipv4Address(), 1024);
  const FileDescriptor connected = udp4(Ipv4Address(), 702);
  sockaddr_in remote{};
  remote.sin_family = AF_INET;
  remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  remote.sin_port = htons(9);
  require(::connect(connected.get(), reinterpret_cast<sockaddr*>(&remote), sizeof(remote)) == 0,
          "connect");
  CHECK(bound_sockets(Protocol::udp, kSpan).empty());
  const FileDescriptor first = udp4(Ipv4Address(), 512);
  const FileDescriptor last = udp4(Ipv4Address(), 1023);
  CHECK(bound_sockets(Protocol::udp, kSpan).size() == 2);
}

TEST_CASE("each of the sockets that share a port is listed", "[root]") {
  const PrivateNamespace alone;
  const FileDescriptor one = udp4(Ipv4Address(), 700);
  const FileDescriptor two = udp4(Ipv4Address(), 700);
  CHECK(bound_sockets(Protocol::udp, kSpan).size() == 2);
}

TEST_CASE("TCP listeners are listed, and no connections", "[root]") {
  const PrivateNamespace alone;
  const FileDescriptor listener = open_socket(AF_INET, SOCK_STREAM);
  bind4(listener, Ipv4Address(), 700);
  CHECK(bound_sockets(Protocol::tcp, kSpan).empty());
  require(::listen(listener.get(), 8) == 0, "listen");
  const FileDescriptor client = open_socket(AF_INET, SOCK_STREAM);
  bind4(client, Ipv4Address(), 701);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(700);
  require(::connect(client.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0, "connect");
  CHECK(bound_sockets(Protocol::tcp, kSpan) ==
        std::vector<BoundSocket>{{Ipv4Address(), PortNumber(700), 0, inode_of(listener)}});
  CHECK(bound_sockets(Protocol::udp, kSpan).empty());
}

TEST_CASE("the end of a UDP socket is told at once, of the ports asked for", "[root]") {
  const PrivateNamespace alone;
  UdpDestructions destructions(kSpan);
  CHECK_FALSE(destructions.take());
  SECTION("over IPv4") {
    for (const int port : {512, 1023}) {
      udp4(Ipv4Address(), static_cast<std::uint16_t>(port));
      CHECK(readable(destructions, 2000));
      CHECK(destructions.take());
      CHECK_FALSE(destructions.take());
    }
  }
  SECTION("over IPv6") {
    udp6(in6addr_any, 700, false);
    CHECK(readable(destructions, 2000));
    CHECK(destructions.take());
  }
  SECTION("and of no others") {
    for (const int port : {511, 1024, 2}) udp4(Ipv4Address(), static_cast<std::uint16_t>(port));
    CHECK_FALSE(readable(destructions, 300));
    CHECK_FALSE(destructions.take());
  }
  SECTION("also after so many that the kernel could not tell of all") {
    for (int i = 0; i < 5000; ++i) udp4(Ipv4Address(), 700);
    CHECK(readable(destructions, 2000));
    CHECK(destructions.take());
    while (readable(destructions, 500)) static_cast<void>(destructions.take());
    udp4(Ipv4Address(), 700);
    CHECK(readable(destructions, 2000));
    CHECK(destructions.take());
  }
}

TEST_CASE("what a list costs on a node with thousands of UDP sockets", "[root]") {
  constexpr std::size_t kSockets = 10'000;
  constexpr int kLists = 20;
  const PrivateNamespace alone;
  const rlimit many{.rlim_cur = 2 * kSockets, .rlim_max = 2 * kSockets};
  require(::setrlimit(RLIMIT_NOFILE, &many) == 0, "too few files");
  std::vector<FileDescriptor> sockets;
  for (std::size_t i = 0; i < kSockets; ++i) {
    sockets.push_back(udp4(Ipv4Address(), static_cast<std::uint16_t>(20'000 + i)));
  }
  for (std::uint16_t port = 512; port < 1024; ++port) sockets.push_back(udp4(Ipv4Address(), port));
  const auto before = processor_time();
  std::size_t listed = 0;
  for (int i = 0; i < kLists; ++i) listed += bound_sockets(Protocol::udp, kSpan).size();
  const auto took = (processor_time() - before) / kLists;
  WARN("512 of " << sockets.size() << " UDP sockets listed in " << took.count()
                 << " us of processor time");
  CHECK(listed == std::size_t{512} * kLists);
}

}  // namespace encluster::sock_diag
