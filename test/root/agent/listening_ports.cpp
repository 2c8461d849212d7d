#include "agent/listening_ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/fsuid.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "control/file_descriptor.hpp"
#include "root/control/private_namespace.hpp"

namespace encluster::agent {
namespace {

using agent_protocol::LeasedPort;
using control::FileDescriptor;
using test::PrivateNamespace;
using test::run;
using Ports = std::set<LeasedPort>;

LeasedPort tcp(std::uint16_t port) { return {Protocol::tcp, PortNumber(port)}; }
LeasedPort udp(std::uint16_t port) { return {Protocol::udp, PortNumber(port)}; }

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

FileDescriptor bound4(int type, const char* address, std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  require(inet_pton(AF_INET, address, &name.sin_addr) == 1, "no address");
  require(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0,
          "cannot bind");
  if (type == SOCK_STREAM) require(::listen(socket.get(), 8) == 0, "cannot listen");
  return socket;
}

FileDescriptor bound6(int type, const char* address, std::uint16_t port, int only) {
  FileDescriptor socket(::socket(AF_INET6, type | SOCK_CLOEXEC, 0));
  require(::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only)) == 0,
          "v6only");
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(port);
  require(inet_pton(AF_INET6, address, &name.sin6_addr) == 1, "no address");
  require(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0,
          "cannot bind");
  if (type == SOCK_STREAM) require(::listen(socket.get(), 8) == 0, "cannot listen");
  return socket;
}

void connect4(const FileDescriptor& socket, const char* address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  require(inet_pton(AF_INET, address, &name.sin_addr) == 1, "no address");
  require(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0,
          "cannot connect");
}

Ports numbers(const ListeningPorts& listening) {
  Ports ports;
  for (const auto& [port, users] : listening) ports.insert(port);
  return ports;
}

}  // namespace

TEST_CASE("in an empty namespace nothing listens") {
  const PrivateNamespace own;
  CHECK(listening_ports().empty());
}

TEST_CASE("listening TCP sockets and bound UDP sockets are listed, as long as they are there") {
  const PrivateNamespace own;
  run("ip addr add 10.77.0.11/24 dev lo");
  auto web = bound4(SOCK_STREAM, "0.0.0.0", 8443);
  const auto inside = bound4(SOCK_STREAM, "10.77.0.11", 8444);
  auto games = bound4(SOCK_DGRAM, "0.0.0.0", 2000);
  CHECK(numbers(listening_ports()) == Ports{tcp(8443), tcp(8444), udp(2000)});
  web = FileDescriptor();
  games = FileDescriptor();
  CHECK(numbers(listening_ports()) == Ports{tcp(8444)});
}

TEST_CASE("it is told whose they are") {
  const PrivateNamespace own;
  run("ip addr add 10.77.0.11/24 dev lo");
  run("ip addr add 10.77.0.12/24 dev lo");
  const auto roots = bound4(SOCK_STREAM, "127.0.0.2", 8443);
  const auto shared = bound4(SOCK_DGRAM, "10.77.0.11", 2000);
  const int before = setfsuid(106);
  const auto users = bound4(SOCK_STREAM, "0.0.0.0", 8444);
  const auto other = bound4(SOCK_DGRAM, "10.77.0.12", 2000);
  setfsuid(static_cast<uid_t>(before));
  CHECK(listening_ports() == ListeningPorts{{tcp(8444), {106}}, {udp(2000), {0, 106}}});
}

TEST_CASE("what only this machine can reach is not listed") {
  const PrivateNamespace own;
  const auto web = bound4(SOCK_STREAM, "127.0.0.1", 8443);
  const auto games = bound4(SOCK_DGRAM, "127.1.2.3", 2000);
  const auto mapped = bound6(SOCK_STREAM, "::ffff:127.0.0.1", 8444, 0);
  const auto six = bound6(SOCK_STREAM, "::1", 8445, 0);
  CHECK(listening_ports().empty());
}

TEST_CASE("sockets of IPv6 are listed if they hear IPv4, too") {
  const PrivateNamespace own;
  run("ip addr add 10.77.0.11/24 dev lo");
  const auto both = bound6(SOCK_STREAM, "::", 8443, 0);
  const auto both_udp = bound6(SOCK_DGRAM, "::", 2000, 0);
  const auto mapped = bound6(SOCK_STREAM, "::ffff:10.77.0.11", 8444, 0);
  const auto only = bound6(SOCK_STREAM, "::", 8445, 1);
  const auto only_udp = bound6(SOCK_DGRAM, "::", 2001, 1);
  CHECK(numbers(listening_ports()) == Ports{tcp(8443), tcp(8444), udp(2000)});
}

TEST_CASE("connections are not listed, of whatever protocol") {
  const PrivateNamespace own;
  run("ip addr add 10.77.0.11/24 dev lo");
  auto web = bound4(SOCK_STREAM, "0.0.0.0", 8443);
  const FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  connect4(client, "10.77.0.11", 8443);
  const FileDescriptor server(::accept4(web.get(), nullptr, nullptr, SOCK_CLOEXEC));
  web = FileDescriptor();
  const auto talking = bound4(SOCK_DGRAM, "0.0.0.0", 2000);
  connect4(talking, "10.77.0.11", 53);
  CHECK(listening_ports().empty());
}

TEST_CASE("hundreds of connections do not make the list longer") {
  const PrivateNamespace own;
  run("ip addr add 10.77.0.11/24 dev lo");
  const auto web = bound4(SOCK_STREAM, "0.0.0.0", 8443);
  std::vector<FileDescriptor> sockets;
  for (int i = 0; i < 400; ++i) {
    sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connect4(sockets.back(), "10.77.0.11", 8443);
    sockets.emplace_back(::accept4(web.get(), nullptr, nullptr, SOCK_CLOEXEC));
    require(sockets.back().get() >= 0, "cannot accept");
  }
  CHECK(numbers(listening_ports()) == Ports{tcp(8443)});
}

}  // namespace encluster::agent
