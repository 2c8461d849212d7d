// A node whose programs bind ports: what the agent, as a whole, asks of the gateway.
#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "agent_protocol/codec.hpp"
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

constexpr LeasedPort kPort{Protocol::udp, PortNumber(700)};

/// An agent and its gateway in a namespace where nothing else is bound.
struct Node {
  Node() {
    gateway.answer = [this](const FromAgent& message) -> Reply {
      const auto* const request = std::get_if<LeaseRequest>(&message);
      if (request == nullptr) return FakeGateway::usual_answer(message);
      const std::string owner = result == LeaseResult::granted ? "" : "beta";
      return {encode(FromGateway(LeaseAnswer{request->request, result, owner}))};
    };
    configuration.node = "alpha";
    configuration.gateways = {gateway.endpoint()};
    configuration.fingerprint = gateway.fingerprint();
    configuration.socket = folder.path() / "agent.sock";
  }

  void start() {
    agent.emplace(*agent_context, configuration, log);
    agent->start();
  }
  /// As kill -9: nothing is said any more.
  void kill() {
    gateway.cut();
    agent.reset();
    agent_context = std::make_unique<boost::asio::io_context>(1);
  }

  /// Runs until there is that many of such messages; false if not within ten seconds.
  template <typename Message>
  [[nodiscard]] bool until(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (all<Message>().size() < count && std::chrono::steady_clock::now() < end) run();
    return all<Message>().size() >= count;
  }
  void run() {
    for (boost::asio::io_context* const one : {&context, agent_context.get()}) {
      one->restart();
      one->run_for(std::chrono::milliseconds(2));
    }
  }
  void run_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) run();
  }
  template <typename Message>
  [[nodiscard]] std::vector<Message> all() const {
    std::vector<Message> found;
    for (const FromAgent& message : gateway.received) {
      if (const auto* const one = std::get_if<Message>(&message)) found.push_back(*one);
    }
    return found;
  }
  [[nodiscard]] std::size_t logged(const std::string& text) const {
    std::size_t count = 0;
    for (auto at = lines.find(text); at != std::string::npos; at = lines.find(text, at + 1)) {
      ++count;
    }
    return count;
  }
  [[nodiscard]] udp::socket bind(std::uint16_t port) {
    return {context, udp::endpoint(udp::v4(), port)};
  }

  const PrivateNamespace alone;
  boost::asio::io_context context{1};
  std::unique_ptr<boost::asio::io_context> agent_context =
      std::make_unique<boost::asio::io_context>(1);
  const TemporaryFolder folder;
  FakeGateway gateway{context};
  LeaseResult result = LeaseResult::granted;
  AgentConfiguration configuration;
  std::string lines;
  control::Logger log{{.write = [this](const std::string& line) { lines += line; },
                       .now = [] { return control::LogSettings::Clock::now(); }}};
  std::optional<Agent> agent;
};

}  // namespace

TEST_CASE("a port is leased while a program has it bound, and released as soon as it is closed",
          "[root]") {
  Node node;
  node.start();
  REQUIRE(node.until<Join>(1));
  {
    const udp::socket program = node.bind(700);
    REQUIRE(node.until<LeaseRequest>(1));
    CHECK(node.all<LeaseRequest>()[0].port == kPort);
    node.run_for(std::chrono::milliseconds(600));
    CHECK(node.all<LeaseRelease>().empty());
  }
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(node.until<LeaseRelease>(1));
  // By the event, not by the list that comes every 250 ms.
  WARN("released after " << std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::steady_clock::now() - begin)
                                .count()
                         << " ms");
  CHECK(node.all<LeaseRelease>()[0].port == kPort);
}

TEST_CASE("the agent that follows one that was killed presents what is still bound", "[root]") {
  Node node;
  const udp::socket program = node.bind(700);
  std::optional<udp::socket> gone = node.bind(701);
  node.start();
  REQUIRE(node.until<LeaseRequest>(2));
  CHECK(node.all<Join>()[0].held.empty());
  node.run_for(std::chrono::milliseconds(600));  // the file follows the grant
  node.kill();
  gone.reset();
  const udp::socket late = node.bind(702);
  node.start();
  REQUIRE(node.until<Join>(2));
  CHECK(node.all<Join>()[1].held == std::vector{kPort});
  REQUIRE(node.until<LeaseRequest>(3));
  CHECK(node.all<LeaseRequest>()[2].port == LeasedPort{Protocol::udp, PortNumber(702)});
  node.run_for(std::chrono::milliseconds(600));
  CHECK(node.all<LeaseRequest>().size() == 3);
  CHECK(node.all<LeaseRelease>().empty());
}

TEST_CASE("a connection that is lost and made again presents what is bound", "[root]") {
  Node node;
  const udp::socket program = node.bind(700);
  node.start();
  REQUIRE(node.until<LeaseRequest>(1));
  node.run_for(std::chrono::milliseconds(100));
  node.gateway.cut();
  REQUIRE(node.until<Join>(2));
  CHECK(node.all<Join>()[1].held == std::vector{kPort});
}

TEST_CASE("the loser of a conflict is logged with its program, and asks until it has the port",
          "[root]") {
  Node node;
  node.result = LeaseResult::taken;
  const udp::socket program = node.bind(700);
  node.start();
  REQUIRE(node.until<LeaseRequest>(3));
  node.run_for(std::chrono::milliseconds(100));
  CHECK(node.logged("level=warning event=port_conflict port=700/udp holder=beta reason=taken pid=" +
                    std::to_string(getpid()) + " command=root_") == 1);
  CHECK(node.logged("event=port_conflict ") == 1);
  node.result = LeaseResult::granted;
  const auto asked = node.all<LeaseRequest>().size();
  REQUIRE(node.until<LeaseRequest>(asked + 1));
  node.run_for(std::chrono::milliseconds(100));
  CHECK(node.logged("event=port_conflict_over port=700/udp holder=beta reason=leased") == 1);
}

TEST_CASE("listeners of TCP ports that the configuration names are leased", "[root]") {
  Node node;
  node.configuration.lease_seen.tcp.set(8443);
  const tcp::acceptor named(node.context, {tcp::v4(), 8443});
  const tcp::acceptor other(node.context, {tcp::v4(), 8444});
  const tcp::acceptor local(node.context, {address_v4::loopback(), 8445});
  const udp::socket loopback(node.context, {address_v4::loopback(), 700});
  node.start();
  REQUIRE(node.until<LeaseRequest>(1));
  node.run_for(std::chrono::milliseconds(600));
  REQUIRE(node.all<LeaseRequest>().size() == 1);
  CHECK(node.all<LeaseRequest>()[0].port == LeasedPort{Protocol::tcp, PortNumber(8443)});
}

}  // namespace encluster::agent
