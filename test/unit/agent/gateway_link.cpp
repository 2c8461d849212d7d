#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "agent_protocol/codec.hpp"
#include "unit/agent/link_fixture.hpp"

namespace encluster::agent {
namespace {

using namespace agent_protocol;
using Catch::Contains;
using test::FakeGateway;
using test::join_message;
using test::kPort;
using test::Loop;
using test::Reply;

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("a node joins, and its heartbeats are answered") {
  Loop loop;
  loop.start();
  REQUIRE(loop.until([&] { return loop.node->renewals >= 2; }));
  CHECK(loop.node->welcomes == std::vector{FakeGateway::welcome()});
  REQUIRE(loop.gateway.received.size() >= 3);
  CHECK(loop.gateway.received[0] == FromAgent(join_message()));
  CHECK(loop.gateway.received[1] == FromAgent(Heartbeat{1, 42}));
  CHECK(loop.gateway.received[2] == FromAgent(Heartbeat{2, 42}));
  CHECK(loop.gateway.connections == 1);
}

TEST_CASE("a gateway with another certificate gets no token") {
  Loop loop;
  control::Bytes32 other = loop.gateway.fingerprint();
  other[31] ^= 1;
  loop.start({loop.gateway.endpoint()}, other);
  REQUIRE(loop.until([&] { return !loop.node->log.empty(); }));
  CHECK_THAT(loop.node->log, Contains("event=not_joined") && Contains("another certificate"));
  CHECK(loop.gateway.received.empty());
  CHECK(loop.node->welcomes.empty());
}

TEST_CASE("a gateway that speaks an older TLS is none") {
  Loop loop(0x0303);
  loop.start();
  REQUIRE(loop.until([&] { return !loop.node->log.empty(); }));
  CHECK(loop.gateway.received.empty());
}

TEST_CASE("a connection that is cut is made anew at once") {
  Loop loop;
  loop.start();
  REQUIRE(loop.until([&] { return loop.node->renewals >= 1; }));
  const auto cut = std::chrono::steady_clock::now();
  loop.gateway.cut();
  REQUIRE(loop.until([&] { return loop.node->welcomes.size() == 2; }));
  CHECK(std::chrono::steady_clock::now() - cut < RetryPlan::kRefusedDelay);
  CHECK(loop.node->partings == 1);
  CHECK(count(loop.node->log, "event=parted") == 1);
}

TEST_CASE("a gateway that answers no heartbeats is left") {
  Loop loop;
  loop.gateway.answer = [](const FromAgent& message) {
    return std::holds_alternative<Join>(message) ? FakeGateway::usual_answer(message) : Reply{};
  };
  loop.start();
  REQUIRE(loop.until([&] { return loop.node->partings == 1; }));
  CHECK_THAT(loop.node->log, Contains("no heartbeat was answered for 2400 ms"));
}

TEST_CASE("the next gateway is tried where one does not answer") {
  Loop loop;
  boost::asio::ip::tcp::acceptor closed(loop.context, {boost::asio::ip::address_v4::loopback(), 0});
  const control::Endpoint nobody{Ipv4Address(127, 0, 0, 1),
                                 PortNumber(closed.local_endpoint().port())};
  closed.close();
  loop.start({nobody, loop.gateway.endpoint()}, loop.gateway.fingerprint());
  REQUIRE(loop.until([&] { return loop.node->welcomes.size() == 1; }));
  CHECK(count(loop.node->log, "event=not_joined") == 1);
}

TEST_CASE("a refusal is told, and the gateway is left alone for seconds") {
  Loop loop;
  loop.gateway.answer = [](const FromAgent&) {
    return Reply{encode(FromGateway(Refused{RefusalReason::credentials, "who?"})), true};
  };
  loop.start();
  REQUIRE(loop.until([&] { return !loop.node->log.empty(); }));
  CHECK_THAT(loop.node->log, Contains("refused (credentials): who?"));
  loop.context.restart();
  loop.context.run_for(std::chrono::milliseconds(600));
  CHECK(loop.gateway.connections == 1);
}

TEST_CASE("leases and settings pass over the connection") {
  Loop loop;
  const Settings changed{
      .slice = PortRange{PortNumber(1024), PortNumber(2047)}, .reserved = {}, .networks = {}};
  loop.gateway.answer = [&](const FromAgent& message) {
    const auto* const request = std::get_if<LeaseRequest>(&message);
    if (request == nullptr) return FakeGateway::usual_answer(message);
    return Reply{encode(FromGateway(LeaseAnswer{request->request, LeaseResult::taken, "beta"})) +
                 encode(FromGateway(changed))};
  };
  loop.start();
  REQUIRE(loop.until([&] { return !loop.node->welcomes.empty(); }));
  loop.node->link.send(LeaseRequest{7, kPort});
  REQUIRE(loop.until([&] { return !loop.node->settings.empty(); }));
  CHECK(loop.node->answers == std::vector{LeaseAnswer{7, LeaseResult::taken, "beta"}});
  CHECK(loop.node->settings == std::vector{changed});
}

TEST_CASE("renumberings pass over the connection") {
  Loop loop;
  const Renumberings told{
      {{Ipv4Address(198, 51, 100, 7), PortNumber(514), PortNumber(1023), PortNumber(600)}}};
  loop.gateway.answer = [&](const FromAgent& message) {
    Reply reply = FakeGateway::usual_answer(message);
    if (std::holds_alternative<Heartbeat>(message)) reply.bytes += encode(FromGateway(told));
    return reply;
  };
  loop.start();
  REQUIRE(loop.until([&] { return !loop.node->renumberings.empty(); }));
  CHECK(loop.node->renumberings.front() == told);
}

TEST_CASE("what is sent whenever all else is written waits for nothing") {
  Loop loop;
  loop.start();
  REQUIRE(loop.until([&] { return !loop.node->welcomes.empty(); }));
  loop.node->to_send = {Sockets{.sockets = {}, .last = true}, Sockets{}, Sockets{}};
  loop.node->link.send(Sockets{});
  const auto is_last = [](const FromAgent& message) {
    const auto* const sockets = std::get_if<Sockets>(&message);
    return sockets != nullptr && sockets->last;
  };
  CHECK(loop.until([&] { return std::ranges::any_of(loop.gateway.received, is_last); }));
  CHECK(loop.node->drained >= 4);
}

TEST_CASE("whatever a gateway sends, a node only leaves it, and comes back") {
  const std::string welcome = encode(FromGateway(FakeGateway::welcome()));
  const std::vector<std::string> wrong{
      std::string(4, '\0'),                                              // a frame of nothing
      std::string("\xff\xff\xff\xff", 4),                                // a frame of 4 GiB
      std::string("\0\0\0\1\xff", 5),                                    // no message
      encode(FromGateway(HeartbeatAnswer{1})),                           // before Welcome
      welcome + welcome,                                                 // Welcome twice
      welcome + encode(FromGateway(HeartbeatAnswer{~std::uint64_t{}})),  // never sent
      welcome + std::string("\0\1\0\1", 4),                              // one byte too long
  };
  for (const std::string& bytes : wrong) {
    INFO(bytes.size());
    Loop loop;
    loop.gateway.answer = [&](const FromAgent& message) {
      if (loop.gateway.connections > 1) return FakeGateway::usual_answer(message);
      return Reply{std::holds_alternative<Join>(message) ? bytes : std::string()};
    };
    loop.start();
    CHECK(loop.until([&] { return loop.node->renewals != 0; }));
  }
}

TEST_CASE("random bytes from a gateway do no harm") {
  std::mt19937 random(1);
  Loop loop;
  loop.gateway.answer = [&](const FromAgent&) {
    std::string bytes(random() % 300, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    if (bytes.size() > 4) bytes.replace(0, 4, std::string("\0\0\0", 3) + char(random() % 64));
    return Reply{bytes, true};
  };
  loop.start();
  CHECK(loop.until([&] { return loop.gateway.connections > 8; }));
  CHECK(loop.node->welcomes.empty());
}

}  // namespace encluster::agent
