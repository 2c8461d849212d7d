// The agents' service over TLS and loopback. Nodes are 127.0.0.11 and 127.0.0.12.
#include "control/agent_service.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "support/temporary_folder.hpp"
#include "unit/control/agent_client.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {
namespace {

using namespace agent_protocol;
using namespace std::chrono_literals;

constexpr Ipv4Address kAlpha(127, 0, 0, 11);
constexpr Ipv4Address kBeta(127, 0, 0, 12);
constexpr Ipv4Address kStranger(127, 0, 0, 13);

LeasedPort udp(std::uint16_t number) { return {Protocol::udp, PortNumber(number)}; }

Join join_of(const std::string& node, std::vector<LeasedPort> held = {}) {
  return {.node = node,
          .token = std::string(kTokenSize, node == "alpha" ? 'a' : 'f'),
          .boot_id = std::string(36, 'b'),
          .held = std::move(held)};
}

std::string hex_of(const std::string& byte) {
  std::string hex;
  for (std::size_t i = 0; i < kTokenSize; ++i) hex += byte;
  return hex;
}

/// Long, but where a test shortens them: only what is tested ends a connection.
AgentServiceSettings patient() {
  AgentServiceSettings settings;
  settings.limits.join_timeout = 1h;
  settings.limits.silence = 1h;
  settings.limits.refusal_delay = 1ms;
  settings.registry.recovery = 0ms;
  return settings;
}

struct Fixture {
  TemporaryFolder folder;
  Configuration configuration = parse(kSmall + "agents: {listen: 10.77.0.1:7077, token_file: t}\n");
  std::string lines;
  Logger log{{.write = [this](const std::string& line) { lines += line; },
              .now = [] { return LogSettings::Clock::now(); }}};
  std::vector<switching::LeaseState> leases;
  boost::asio::io_context io{1};
  std::optional<AgentService> service;

  Fixture() {
    AgentsConfig& agents = *configuration.agents;
    agents.address = Ipv4Address(127, 0, 0, 1);
    agents.port = PortNumber();
    agents.certificate_file = folder / "agents.crt";
    agents.key_file = folder / "agents.key";
    agents.token_file =
        folder.write("agents.token", "alpha " + hex_of("61") + "\nbeta " + hex_of("66") + "\n");
    write_certificate(agents.certificate_file, agents.key_file);
    configuration.nodes.at(0).address = kAlpha;
    configuration.nodes.at(1).address = kBeta;
  }

  void serve(const AgentServiceSettings& settings = patient()) {
    service.emplace(io.get_executor(), configuration,
                    AgentService::Hooks{.publish = [this](auto now) { leases = std::move(now); }},
                    log, settings);
    service->start();
  }
  AgentClient connected(Ipv4Address from) { return {io, service->port(), from}; }
  /// One that waits for its welcome.
  void join(AgentClient& client, const Join& message) {
    client.begin();
    client.send(message);
    REQUIRE(run_until(io, [&] { return !client.received().empty(); }));
  }
  bool ends(AgentClient& client) {
    return run_until(io, [&] { return client.closed(); });
  }
  bool hears(AgentClient& client, std::size_t messages) {
    return run_until(io, [&] { return client.received().size() >= messages; });
  }
  /// Why the client was refused, and that it was closed then.
  std::optional<RefusalReason> refusal(AgentClient& client) {
    if (!ends(client) || client.received().empty()) return std::nullopt;
    const auto* const refused = std::get_if<Refused>(&client.received().back());
    return refused == nullptr ? std::nullopt : std::optional(refused->reason);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an agent joins over TLS, leases a port, and is answered its heartbeat") {
  serve();
  AgentClient alpha = connected(kAlpha);
  join(alpha, join_of("alpha"));
  CHECK(std::get<Welcome>(alpha.received().at(0)).epoch == 1);
  alpha.send(LeaseRequest{7, udp(500)});
  alpha.send(Heartbeat{8, 0});
  REQUIRE(hears(alpha, 3));
  CHECK(std::get<LeaseAnswer>(alpha.received().at(1)).result == LeaseResult::granted);
  CHECK(std::get<HeartbeatAnswer>(alpha.received().at(2)).sequence == 8);
  REQUIRE(leases.size() == 1);
  CHECK(leases[0].node == NodeId(1));
}

TEST_CASE_METHOD(Fixture, "two nodes do not get the same port") {
  serve();
  AgentClient alpha = connected(kAlpha);
  AgentClient beta = connected(kBeta);
  join(alpha, join_of("alpha", {udp(500)}));
  join(beta, join_of("beta"));
  beta.send(LeaseRequest{1, udp(500)});
  REQUIRE(hears(beta, 2));
  CHECK(std::get<LeaseAnswer>(beta.received().at(1)) ==
        LeaseAnswer{.request = 1, .result = LeaseResult::taken, .owner = "alpha"});
}

TEST_CASE_METHOD(Fixture, "an agent that comes back keeps its leases") {
  serve();
  {
    AgentClient alpha = connected(kAlpha);
    join(alpha, join_of("alpha", {udp(500), udp(501)}));
  }
  REQUIRE(run_until(io, [&] { return service->counts().joined == 0; }));
  CHECK(leases.size() == 2);
  AgentClient alpha = connected(kAlpha);
  join(alpha, join_of("alpha", {udp(500)}));
  CHECK(std::get<Welcome>(alpha.received().at(0)).lost.empty());
  CHECK(leases.size() == 1);
}

TEST_CASE_METHOD(Fixture, "an agent with wrong credentials is refused after a moment") {
  serve();
  AgentClient client = connected(kAlpha);
  client.begin();
  SECTION("of another node") { client.send(join_of("beta")); }
  SECTION("of nobody") { client.send(join_of("gamma")); }
  SECTION("with another token") {
    Join wrong = join_of("alpha");
    wrong.token.back() = 'b';
    client.send(wrong);
  }
  CHECK(refusal(client) == RefusalReason::credentials);
  CHECK(service->counts().refused.at(RefusalReason::credentials) == 1);
}

TEST_CASE_METHOD(Fixture, "an agent of another version is refused") {
  serve();
  AgentClient client = connected(kAlpha);
  client.begin();
  Join wrong = join_of("alpha");
  wrong.version = 9;
  client.send(wrong);
  CHECK(refusal(client) == RefusalReason::version);
}

TEST_CASE_METHOD(Fixture, "who comes from no node's address is closed at once") {
  serve();
  AgentClient client = connected(kStranger);
  client.begin();
  CHECK(ends(client));
  CHECK(client.received().empty());
  CHECK(service->counts().refused_addresses == 1);
}

TEST_CASE_METHOD(Fixture, "what is no message costs only its own connection") {
  serve();
  AgentClient beta = connected(kBeta);
  join(beta, join_of("beta"));
  AgentClient client = connected(kAlpha);
  client.begin();
  SECTION("garbage") { client.send_bytes(std::string("\0\0\0\5hello", 9)); }
  SECTION("a frame of no bytes") { client.send_bytes(std::string(4, '\0')); }
  SECTION("a frame that is too long") { client.send_bytes(std::string("\0\1\0\1", 4)); }
  SECTION("a frame of the greatest length") { client.send_bytes(std::string(4, '\xff')); }
  SECTION("something other than a Join") { client.send(Heartbeat{}); }
  SECTION("a second Join") {
    client.send(join_of("alpha"));
    client.send(join_of("alpha"));
  }
  CHECK(refusal(client) == RefusalReason::protocol);
  beta.send(Heartbeat{1, 0});
  CHECK(hears(beta, 2));
}

TEST_CASE_METHOD(Fixture, "a newer connection of a node supersedes the older") {
  serve();
  AgentClient older = connected(kAlpha);
  join(older, join_of("alpha"));
  AgentClient newer = connected(kAlpha);
  join(newer, join_of("alpha"));
  CHECK(refusal(older) == RefusalReason::superseded);
  CHECK(std::get<Welcome>(newer.received().at(0)).epoch == 2);
  CHECK(service->counts().joined == 1);
}

TEST_CASE_METHOD(Fixture, "a flood of messages is refused") {
  auto settings = patient();
  settings.limits.message_rate = 0.001;
  settings.limits.message_burst = 10;
  serve(settings);
  AgentClient client = connected(kAlpha);
  client.begin();
  client.send(join_of("alpha"));
  SECTION("of many") {
    for (int i = 0; i < 2000; ++i) client.send(Heartbeat{1, 0});
  }
  SECTION("of long ones") {
    client.send_bytes(std::string("\0\0\x30\0", 4) + std::string(0x3000, 'x'));
  }
  CHECK(refusal(client) == RefusalReason::busy);
  CHECK(service->counts().joined == 0);
}

TEST_CASE_METHOD(Fixture, "who does not join in time is closed") {
  auto settings = patient();
  settings.limits.join_timeout = 50ms;
  serve(settings);
  AgentClient client = connected(kAlpha);
  SECTION("not even beginning TLS") { client.send_in_the_clear("\x16"); }
  SECTION("after TLS") { client.begin(); }
  SECTION("sending half a frame") {
    client.begin();
    client.send_bytes(std::string("\0\0\0\5he", 6));
  }
  CHECK(ends(client));
  CHECK(client.received().empty());
  CHECK(lines.find("did not join in time") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "an agent that is silent for too long is gone") {
  auto settings = patient();
  settings.limits.silence = 50ms;
  serve(settings);
  AgentClient client = connected(kAlpha);
  join(client, join_of("alpha"));
  client.send_bytes(std::string("\0\0\0\5he", 6));
  CHECK(ends(client));
  CHECK(service->counts().joined == 0);
  CHECK(lines.find("event=agent_left node=alpha epoch=1 reason=\"was silent for too long\"") !=
        std::string::npos);
}

TEST_CASE_METHOD(Fixture, "an agent that leaves too much unread is closed") {
  auto settings = patient();
  settings.limits.outgoing = 8;
  serve(settings);
  AgentClient client = connected(kAlpha);
  client.begin();
  client.send(join_of("alpha"));
  CHECK(ends(client));
  CHECK(service->counts().joined == 0);
}

TEST_CASE_METHOD(Fixture, "connections that have not joined are bounded by address and in all") {
  auto settings = patient();
  settings.limits.unjoined_of_address = 2;
  settings.limits.unjoined = 3;
  serve(settings);
  AgentClient joined = connected(kAlpha);
  join(joined, join_of("alpha"));
  AgentClient first = connected(kAlpha);
  AgentClient second = connected(kAlpha);
  AgentClient third = connected(kAlpha);
  third.begin();
  CHECK(ends(third));
  AgentClient fourth = connected(kBeta);
  AgentClient fifth = connected(kBeta);
  fifth.begin();
  CHECK(ends(fifth));
  CHECK(service->counts().refused.at(RefusalReason::busy) == 2);
  fourth.begin();
  fourth.send(join_of("beta"));
  CHECK(hears(fourth, 1));
}

TEST_CASE_METHOD(Fixture, "who connects too often is closed at once") {
  auto settings = patient();
  settings.limits.connection_rate = 0.001;
  settings.limits.connection_burst = 2;
  serve(settings);
  for (int i = 0; i < 2; ++i) {
    AgentClient client = connected(kAlpha);
    join(client, join_of("alpha"));
  }
  AgentClient third = connected(kAlpha);
  third.begin();
  CHECK(ends(third));
  CHECK(third.received().empty());
  AgentClient other = connected(kBeta);
  join(other, join_of("beta"));
}

TEST_CASE_METHOD(Fixture, "TLS older than 1.3, and none at all, are not spoken") {
  serve();
  AgentClient client = connected(kAlpha);
  SECTION("TLS 1.2") { client.begin(0x0303); }
  SECTION("none") { client.send_in_the_clear("GET / HTTP/1.0\r\n\r\n"); }
  CHECK(ends(client));
  CHECK(lines.find("event=agent_failed address=127.0.0.11") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a configuration with other tokens sends agents away to join again") {
  serve();
  AgentClient client = connected(kAlpha);
  join(client, join_of("alpha"));
  service->reconfigure(configuration, AgentTokens());
  CHECK(refusal(client) == RefusalReason::reconfigured);
}

TEST_CASE_METHOD(Fixture, "a quarantine ends without anybody asking") {
  auto settings = patient();
  settings.limits.tick = 5ms;
  settings.registry.leases.quarantine = 20ms;
  serve(settings);
  {
    AgentClient client = connected(kAlpha);
    join(client, join_of("alpha", {udp(500)}));
  }
  REQUIRE(run_until(io, [&] { return service->counts().joined == 0; }));
  CHECK(leases.size() == 1);
  service->node_changed(NodeId(1), false);
  CHECK(run_until(io, [&] { return leases.empty(); }));
}

TEST_CASE_METHOD(Fixture, "a service that ends leaves nothing behind") {
  serve();
  AgentClient joined = connected(kAlpha);
  join(joined, join_of("alpha"));
  AgentClient half = connected(kBeta);
  half.begin();
  io.poll();
  SECTION("while its context goes on") {
    service.reset();
    CHECK(ends(joined));
    CHECK(ends(half));
  }
  SECTION("together with its context") { service.reset(); }
}

TEST_CASE_METHOD(Fixture, "where nobody can listen, the service says so") {
  configuration.agents->address = Ipv4Address(192, 0, 2, 77);
  CHECK_THROWS_WITH(serve(), Catch::StartsWith("agents cannot be served at 192.0.2.77:0: "));
}

}  // namespace encluster::control
