#include "agent/connections.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

namespace encluster::agent {
namespace {

using agent_protocol::kMaxSockets;
using agent_protocol::Renumbering;
using agent_protocol::Renumberings;
using agent_protocol::Sockets;
using agent_protocol::SocketState;

constexpr Ipv4Address kGatewayAddress(10, 77, 0, 1);
constexpr Ipv4Address kNode(10, 77, 0, 2);
constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr Ipv4Address kRemote(198, 51, 100, 7);

constexpr PortNumber port(int number) { return PortNumber(static_cast<std::uint16_t>(number)); }

sock_diag::TcpSocket socket(int remote_port, int local_port, int state = 1) {
  return {.local = kNode,
          .remote = kRemote,
          .local_port = port(local_port),
          .remote_port = port(remote_port),
          .state = static_cast<std::uint8_t>(state)};
}

sock_diag::TcpSocket socket_between(Ipv4Address local, Ipv4Address remote) {
  sock_diag::TcpSocket result = socket(1023, 513);
  result.local = local;
  result.remote = remote;
  return result;
}

Renumberings shown(int remote_port, int local_port, int shown_port) {
  return {{{kRemote, port(remote_port), port(local_port), port(shown_port)}}};
}

/// A node with the sockets that a test says.
class Fixture {
 protected:
  /// What is told, as one message.
  Sockets told() {
    connections.begin();
    Sockets all;
    while (const auto message = connections.next()) {
      CHECK_FALSE(all.last);
      all.sockets.insert(all.sockets.end(), message->sockets.begin(), message->sockets.end());
      all.last = message->last;
    }
    CHECK(all.last);
    return all;
  }

  std::vector<sock_diag::TcpSocket> sockets;
  std::size_t lists = 0;
  Connections connections{[this] {
                            ++lists;
                            return sockets;
                          },
                          {kGatewayAddress}};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a node without connections says that it has none") {
  CHECK_FALSE(connections.next().has_value());
  connections.begin();
  CHECK(connections.next() == Sockets{.sockets = {}, .last = true});
  CHECK_FALSE(connections.next().has_value());
}

TEST_CASE_METHOD(Fixture, "connections are told in the states that they are in") {
  sockets = {socket(1023, 513), socket(1022, 513, 6), socket(1021, 513, 3)};
  CHECK(told().sockets ==
        std::vector<agent_protocol::TcpSocket>{
            {kRemote, port(1023), port(513), port(513), SocketState::established},
            {kRemote, port(1022), port(513), port(513), SocketState::time_wait},
            {kRemote, port(1021), port(513), port(513), SocketState::syn_received}});
}

TEST_CASE_METHOD(Fixture, "connections that no gateway can have forwarded are not told") {
  sockets = {socket_between(Ipv4Address(127, 0, 0, 1), Ipv4Address(127, 0, 0, 1)),
             socket_between(kNode, Ipv4Address(127, 1, 2, 3)),
             socket_between(Ipv4Address(127, 0, 0, 1), kRemote),
             socket_between(kNode, kGatewayAddress)};
  CHECK(told().sockets.empty());
}

TEST_CASE_METHOD(Fixture, "connections with the cluster itself are told") {
  sockets = {socket_between(kNode, kCluster)};
  CHECK(told().sockets.size() == 1);
}

TEST_CASE_METHOD(Fixture, "many connections are told in many messages, of which one is the last") {
  for (const std::size_t count : {kMaxSockets - 1, kMaxSockets, kMaxSockets + 1, 3 * kMaxSockets}) {
    sockets.clear();
    for (std::size_t i = 0; i < count; ++i) {
      sockets.push_back(socket(static_cast<int>(i) + 1, 513));
    }
    const Sockets all = told();
    REQUIRE(all.sockets.size() == count);
    CHECK(all.sockets.front().remote_port == port(1));
    CHECK(all.sockets.back().remote_port == port(static_cast<int>(count)));
  }
}

TEST_CASE_METHOD(Fixture, "a connection is told with the port that the cluster shows for it") {
  sockets = {socket(514, 1023), socket(515, 1023)};
  CHECK(connections.merge(shown(514, 1023, 600)));
  CHECK(told().sockets.at(0).shown == port(600));
  CHECK(told().sockets.at(1).shown == port(1023));
  CHECK(connections.merge(shown(514, 1023, 601)));
  CHECK(told().sockets.at(0).shown == port(601));
  CHECK(connections.merge(shown(514, 1023, 1023)));
  CHECK(told().sockets.at(0).shown == port(1023));
  CHECK(connections.renumbered() == 0);
}

TEST_CASE_METHOD(Fixture, "what is renumbered while a node tells its connections counts") {
  sockets = {socket(514, 1023)};
  connections.begin();
  connections.merge(shown(514, 1023, 600));
  CHECK(connections.next().value().sockets.at(0).shown == port(600));
}

TEST_CASE_METHOD(Fixture, "a renumbering is kept for as long as its socket exists") {
  sockets = {socket(514, 1023), socket(514, 1022)};
  connections.merge(shown(514, 1023, 600));
  connections.merge(shown(514, 1022, 601));
  connections.forget_gone();
  CHECK(connections.renumbered() == 2);
  sockets = {socket(514, 1023, 6)};
  connections.forget_gone();
  CHECK(connections.renumbered() == 1);
  sockets.clear();
  told();
  CHECK(connections.renumbered() == 0);
}

TEST_CASE_METHOD(Fixture, "sockets are not listed where nothing is renumbered") {
  connections.forget_gone();
  CHECK(lists == 0);
}

TEST_CASE_METHOD(Fixture, "renumberings are bounded") {
  for (std::size_t i = 0; i < Connections::kMaxRenumbered; ++i) {
    const Ipv4Address remote(static_cast<std::uint32_t>(i));
    REQUIRE(connections.merge({{{remote, port(514), port(1023), port(600)}}}));
  }
  CHECK_FALSE(connections.merge(shown(514, 1023, 600)));
  CHECK(connections.renumbered() == Connections::kMaxRenumbered);
  CHECK(connections.merge({{{Ipv4Address(0), port(514), port(1023), port(601)}}}));
}

TEST_CASE_METHOD(Fixture, "a node that parts tells nothing more, until it begins again") {
  sockets.assign(2 * kMaxSockets, socket(514, 1023));
  connections.begin();
  CHECK(connections.next().value().last == false);
  connections.parted();
  CHECK_FALSE(connections.next().has_value());
  CHECK(told().sockets.size() == 2 * kMaxSockets);
}

TEST_CASE("a node whose kernel does not list sockets says nothing, and forgets nothing") {
  Connections connections(
      []() -> std::vector<sock_diag::TcpSocket> { throw std::runtime_error("no"); }, {});
  connections.merge(shown(514, 1023, 600));
  CHECK_THROWS_AS(connections.begin(), std::runtime_error);
  CHECK_FALSE(connections.next().has_value());
  CHECK_THROWS_AS(connections.forget_gone(), std::runtime_error);
  CHECK(connections.renumbered() == 1);
}

}  // namespace encluster::agent
