#include "agent/gateway_link.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "agent_protocol/codec.hpp"
#include "unit/agent/fake_gateway.hpp"

namespace encluster::agent {
namespace {

using namespace agent_protocol;
using Catch::Contains;
using test::FakeGateway;
using test::Reply;

constexpr LeasedPort kPort{Protocol::udp, PortNumber(700)};

Join join_message() {
  return {.node = "alpha",
          .token = std::string(kTokenSize, 't'),
          .boot_id = std::string(36, 'b'),
          .held = {kPort}};
}

/// An agent's link, and what came over it.
class Node {
 public:
  Node(boost::asio::io_context& context, std::vector<control::Endpoint> gateways,
       const Bytes32& fingerprint)
      : link(
            context.get_executor(), std::move(gateways), fingerprint,
            {.join = [] { return join_message(); },
             .welcomed = [this](const Welcome& welcome, BootTime,
                                Ipv4Address) { welcomes.push_back(welcome); },
             .settings = [this](const Settings& one) { settings.push_back(one); },
             .answered = [this](const LeaseAnswer& one) { answers.push_back(one); },
             .renewed = [this](BootTime) { ++renewals; },
             .load = [] { return 42U; }},
            [this] { ++partings; }, log_) {
    link.start(std::chrono::milliseconds(0));
  }

  std::vector<Welcome> welcomes;
  std::vector<Settings> settings;
  std::vector<LeaseAnswer> answers;
  std::size_t renewals = 0;
  std::size_t partings = 0;
  std::string log;

 private:
  control::Logger log_{{.write = [this](const std::string& line) { log += line; },
                        .now = [] { return control::LogSettings::Clock::now(); }}};

 public:
  GatewayLink link;
};

/// A gateway and a node in one loop.
class Loop {
 public:
  explicit Loop(int tls_version = 0x0304) : gateway(context, tls_version) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    if (node) node->link.stop();
    gateway.stop();
    context.restart();
    context.run_for(std::chrono::seconds(5));
  }

  void start() { start({gateway.endpoint()}, gateway.fingerprint()); }
  void start(std::vector<control::Endpoint> gateways, const Bytes32& fingerprint) {
    node = std::make_unique<Node>(context, std::move(gateways), fingerprint);
  }

  /// Runs until that is so; false if it is not within ten seconds.
  template <typename Condition>
  [[nodiscard]] bool until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < end) {
      context.restart();
      context.run_one_for(std::chrono::milliseconds(20));
    }
    return condition();
  }

  boost::asio::io_context context{1};
  FakeGateway gateway;
  std::unique_ptr<Node> node;
};

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
  Bytes32 other = loop.gateway.fingerprint();
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
  CHECK_THAT(loop.node->log, Contains("no heartbeat was answered for 1200 ms"));
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
