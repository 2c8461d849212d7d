// A node whose gateway starts again: what the agent, as a whole, gives back.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "agent/agent.hpp"
#include "agent_protocol/codec.hpp"
#include "agent_protocol/come_back.hpp"
#include "root/control/private_namespace.hpp"
#include "support/temporary_folder.hpp"
#include "unit/agent/fake_gateway.hpp"

namespace encluster::agent {
namespace {

using namespace agent_protocol;
using agent::test::FakeGateway;
using agent::test::Reply;
using boost::asio::ip::address_v4;
using boost::asio::ip::tcp;
using boost::asio::ip::udp;
using encluster::test::PrivateNamespace;
using encluster::test::run;

constexpr Ipv4Address kNode(10, 77, 0, 2);
constexpr Ipv4Address kRemote(198, 51, 100, 7);
constexpr std::size_t kOpen = 10;    // two sockets each
constexpr std::size_t kOver = 3000;  // one that waits each

/// The node, and a remote, in one namespace: each connection has two ends.
class Node {
 public:
  Node() { run("ip addr add 10.77.0.2/32 dev lo && ip addr add 198.51.100.7/32 dev lo"); }

  void connect(std::size_t open, std::size_t over) {
    tcp::acceptor acceptor(context, {address_v4(kNode.value()), 513});
    for (std::size_t i = 0; i < open + over; ++i) {
      tcp::socket client(context, {address_v4(kRemote.value()), 0});
      client.connect({address_v4(kNode.value()), 513});
      tcp::socket server = acceptor.accept();
      if (i >= open) {
        client.close();  // Its port stays in use, so that no other client gets it.
        continue;
      }
      sockets.push_back(std::move(server));
      sockets.push_back(std::move(client));
    }
  }

  boost::asio::io_context context{1};
  std::vector<tcp::socket> sockets;
};

}  // namespace

TEST_CASE("a gateway that starts again is given all connections, as it had numbered them",
          "[root]") {
  const PrivateNamespace alone;
  Node node;
  node.connect(kOpen, kOver);
  const PortNumber remote_port(node.sockets.at(1).local_endpoint().port());

  FakeGateway gateway(node.context);
  Instance instance{1};
  std::vector<Sockets> told;
  gateway.answer = [&](const FromAgent& message) {
    if (const auto* const sockets = std::get_if<Sockets>(&message)) told.push_back(*sockets);
    if (!std::holds_alternative<Join>(message)) return FakeGateway::usual_answer(message);
    Welcome welcome = FakeGateway::welcome();
    welcome.instance = instance;
    const Renumberings numbers{{{kRemote, remote_port, PortNumber(513), PortNumber(600)}}};
    return Reply{encode(FromGateway(welcome)) +
                 (instance == Instance{1} ? encode(FromGateway(numbers)) : std::string())};
  };
  const auto until_all_told = [&] {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (told.empty() || !told.back().last) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      node.context.restart();
      node.context.run_one_for(std::chrono::milliseconds(20));
    }
  };

  const TemporaryFolder folder;
  AgentConfiguration configuration;
  configuration.node = "alpha";
  configuration.gateways = {gateway.endpoint()};
  configuration.fingerprint = gateway.fingerprint();
  configuration.socket = folder.path() / "agent.sock";
  control::Logger log({.write = [](const std::string&) {},
                       .now = [] { return control::LogSettings::Clock::now(); }});
  Agent agent(node.context, configuration, log);
  agent.start();
  until_all_told();

  // The gateway starts again, and calls.
  told.clear();
  instance = {2};
  udp::socket caller(node.context, {address_v4::loopback(), 0});
  const auto call = encode_come_back({.instance = instance, .time_ms = 1}, configuration.token);
  caller.send_to(boost::asio::buffer(call),
                 {address_v4::loopback(), gateway.endpoint().port.value()});
  until_all_told();
  CHECK(gateway.connections == 2);

  std::size_t count = 0;
  std::size_t renumbered = 0;
  for (const Sockets& message : told) {
    count += message.sockets.size();
    for (const TcpSocket& socket : message.sockets) {
      if (socket.shown == socket.port) continue;
      ++renumbered;
      CHECK(socket == TcpSocket{kRemote, remote_port, PortNumber(513), PortNumber(600),
                                SocketState::established});
    }
  }
  CHECK(told.size() == 1 + (2 * kOpen + kOver) / kMaxSockets);
  CHECK(count == 2 * kOpen + kOver);
  CHECK(renumbered == 1);
}

}  // namespace encluster::agent
