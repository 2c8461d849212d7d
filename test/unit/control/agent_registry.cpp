#include "control/agent_registry.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {
namespace {

using namespace agent_protocol;
using namespace std::chrono_literals;

constexpr NodeId kAlpha{1};
constexpr NodeId kBeta{2};
constexpr Ipv4Address kAlphaAddress(10, 77, 0, 11);
const std::string kBootId(36, 'b');
const std::string kText = kSmall + "ports: {slice: 1024}\n";

LeasedPort udp(std::uint16_t number) { return {Protocol::udp, PortNumber(number)}; }
std::string token_of(char c) { return std::string(kTokenSize, c); }
AgentTokens tokens(const std::string& alpha = "61") {
  std::string hex;
  for (std::size_t i = 0; i < kTokenSize; ++i) hex += alpha;
  return AgentTokens::parse("alpha " + hex + "\nbeta " + std::string(64, '6') + "\n", "t");
}
Join join_of(const std::string& node, const std::string& token, std::vector<LeasedPort> held = {}) {
  return {.node = node, .token = token, .boot_id = kBootId, .held = std::move(held)};
}

struct FakePeer final : AgentPeer {
  std::vector<FromGateway> sent;
  std::optional<RefusalReason> refused;

  void send(const FromGateway& message) override { sent.push_back(message); }
  void refuse(const Refused& why) override { refused = why.reason; }
  template <typename Message>
  [[nodiscard]] const Message& last() const {
    return std::get<Message>(sent.at(sent.size() - 1));
  }
};

struct Fixture {
  explicit Fixture(AgentRegistry::Settings chosen = {.recovery = 0ms}) : settings(chosen) {}

  const AgentRegistry::Settings settings;
  AgentRegistry::Time now{};
  int wakes = 0;
  bool publishing_fails = false;
  std::vector<std::vector<switching::LeaseState>> published;
  std::string lines;
  Logger log{
      {.write = [this](const std::string& line) { lines += line; }, .now = [this] { return now; }}};
  AgentRegistry registry{settings,
                         agent_view(parse(kText)),
                         tokens(),
                         {.publish =
                              [this](auto leases) {
                                if (publishing_fails) throw std::runtime_error("no room");
                                published.push_back(std::move(leases));
                              },
                          .wake = [this] { ++wakes; },
                          .now = [this] { return now; }},
                         log};
  std::shared_ptr<FakePeer> alpha = std::make_shared<FakePeer>();
  std::shared_ptr<FakePeer> beta = std::make_shared<FakePeer>();
  AgentEpoch alpha_epoch = 0;
  AgentEpoch beta_epoch = 0;

  void join_alpha(std::vector<LeasedPort> held = {}) {
    alpha_epoch = registry.join(kAlpha, alpha, join_of("alpha", token_of('a'), std::move(held)));
    registry.flush();
  }
  void join_beta(std::vector<LeasedPort> held = {}) {
    beta_epoch = registry.join(kBeta, beta, join_of("beta", token_of('f'), std::move(held)));
    registry.flush();
  }
  LeaseAnswer ask_alpha(std::uint16_t port) {
    registry.receive(kAlpha, alpha_epoch, LeaseRequest{port, udp(port)});
    registry.flush();
    return alpha->last<LeaseAnswer>();
  }
  LeaseAnswer ask_beta(std::uint16_t port) {
    registry.receive(kBeta, beta_epoch, LeaseRequest{port, udp(port)});
    registry.flush();
    return beta->last<LeaseAnswer>();
  }
  [[nodiscard]] bool logged(const std::string& text) const {
    return lines.find(text) != std::string::npos;
  }
};

/// The gateway has just been started: beta has not joined yet.
struct RecoveringFixture : Fixture {
  RecoveringFixture() : Fixture(AgentRegistry::Settings()) { join_alpha({udp(600)}); }

  [[nodiscard]] std::size_t answers_to_alpha() const {
    return static_cast<std::size_t>(std::ranges::count_if(alpha->sent, [](const auto& message) {
      return std::holds_alternative<LeaseAnswer>(message);
    }));
  }
  void request(std::uint16_t port) {
    registry.receive(kAlpha, alpha_epoch, LeaseRequest{port, udp(port)});
  }
};

switching::LeaseState row(std::uint16_t port, NodeId node) {
  return {.protocol = Protocol::udp, .port = PortNumber(port), .node = node};
}

}  // namespace

TEST_CASE_METHOD(Fixture, "an agent joins by its node's address, name and token together") {
  CHECK_FALSE(registry.refusal_of(kAlphaAddress, join_of("alpha", token_of('a'))));
  const auto wrong_token = registry.refusal_of(kAlphaAddress, join_of("alpha", token_of('b')));
  const auto wrong_name = registry.refusal_of(kAlphaAddress, join_of("beta", token_of('f')));
  const auto unknown = registry.refusal_of(kAlphaAddress, join_of("gamma", token_of('a')));
  REQUIRE(wrong_token);
  CHECK(wrong_token->reason == RefusalReason::credentials);
  CHECK(wrong_name == wrong_token);
  CHECK(unknown == wrong_token);
}

TEST_CASE_METHOD(Fixture, "an agent of another version hears which the gateway speaks") {
  Join join;
  join.version = 2;
  const auto refused = registry.refusal_of(kAlphaAddress, join);
  REQUIRE(refused);
  CHECK(refused->reason == RefusalReason::version);
  CHECK(refused->text == "the gateway speaks version 1");
}

TEST_CASE_METHOD(Fixture, "an agent is welcomed with its settings and an epoch that rises") {
  join_alpha();
  const auto first = alpha->last<Welcome>();
  CHECK(first.epoch == 1);
  CHECK(first.settings == agent_view(parse(kText)).nodes.at(kAlpha).settings);
  CHECK(first.heartbeat == 1s);
  CHECK(first.fence == 15s);
  registry.leave(kAlpha, alpha_epoch, "closed");
  join_alpha();
  CHECK(alpha->last<Welcome>().epoch == 2);
}

TEST_CASE_METHOD(Fixture, "a heartbeat is answered with its number") {
  join_alpha();
  registry.receive(kAlpha, alpha_epoch, Heartbeat{77, 0});
  registry.flush();
  CHECK(alpha->last<HeartbeatAnswer>().sequence == 77);
  CHECK(published.empty());
}

TEST_CASE_METHOD(Fixture, "what is asked for in one turn becomes one change") {
  join_alpha();
  join_beta();
  wakes = 0;
  registry.receive(kAlpha, alpha_epoch, LeaseRequest{1, udp(500)});
  registry.receive(kBeta, beta_epoch, LeaseRequest{1, udp(500)});
  registry.receive(kBeta, beta_epoch, LeaseRequest{2, udp(501)});
  CHECK(wakes == 1);
  CHECK(alpha->sent.size() == 1);
  registry.flush();
  REQUIRE(published.size() == 1);
  CHECK(published[0] == std::vector{row(500, kAlpha), row(501, kBeta)});
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::granted);
  CHECK(std::get<LeaseAnswer>(beta->sent.at(1)) ==
        LeaseAnswer{.request = 1, .result = LeaseResult::taken, .owner = "alpha"});
  CHECK(beta->last<LeaseAnswer>().result == LeaseResult::granted);
  CHECK(logged("event=lease_conflict port=500/udp node=beta owner=alpha"));
}

TEST_CASE_METHOD(Fixture, "a port may pass from node to node in one turn") {
  join_alpha();
  join_beta();
  registry.receive(kAlpha, alpha_epoch, LeaseRequest{1, udp(500)});
  registry.receive(kAlpha, alpha_epoch, LeaseRelease{udp(500)});
  registry.receive(kBeta, beta_epoch, LeaseRequest{2, udp(500)});
  registry.flush();
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::granted);
  CHECK(beta->last<LeaseAnswer>().result == LeaseResult::granted);
  CHECK(published.back() == std::vector{row(500, kBeta)});
}

TEST_CASE_METHOD(Fixture, "what cannot be published is not granted, and changes nothing") {
  join_alpha({udp(400)});
  publishing_fails = true;
  CHECK(ask_alpha(500).result == LeaseResult::not_leasable);
  CHECK(registry.counts().leases == 1);
  CHECK(logged("event=lease_failed problem=\"no room\""));
  publishing_fails = false;
  CHECK(ask_alpha(500).result == LeaseResult::granted);
}

TEST_CASE_METHOD(Fixture, "a join whose leases cannot be published loses them") {
  publishing_fails = true;
  join_alpha({udp(400)});
  CHECK(alpha->last<Welcome>().lost == std::vector{udp(400)});
  CHECK(registry.counts().leases == 0);
}

TEST_CASE_METHOD(Fixture, "leases outlive the agent's connection") {
  join_alpha();
  join_beta();
  CHECK(ask_alpha(500).result == LeaseResult::granted);
  registry.leave(kAlpha, alpha_epoch, "closed");
  now += 1h;
  registry.flush();
  CHECK(ask_beta(500).result == LeaseResult::taken);
  CHECK(registry.counts().joined == 1);
}

TEST_CASE_METHOD(Fixture, "what an agent gives back before it leaves is free") {
  join_alpha({udp(500)});
  registry.receive(kAlpha, alpha_epoch, LeaseRelease{udp(500)});
  registry.leave(kAlpha, alpha_epoch, "closed");
  SECTION("where nobody took over") {
    registry.flush();
    CHECK(registry.counts().leases == 0);
  }
  SECTION("unless a later agent of the node holds it") {
    join_alpha({udp(500)});
    CHECK(registry.counts().leases == 1);
  }
}

TEST_CASE_METHOD(Fixture, "a rejoin keeps what is held, frees the rest, and hears what is lost") {
  join_alpha({udp(500), udp(501)});
  join_beta({udp(600)});
  registry.leave(kAlpha, alpha_epoch, "closed");
  join_alpha({udp(501), udp(600)});
  CHECK(alpha->last<Welcome>().lost == std::vector{udp(600)});
  CHECK(published.back() == std::vector{row(501, kAlpha), row(600, kBeta)});
  CHECK(ask_beta(500).result == LeaseResult::granted);
}

TEST_CASE_METHOD(Fixture, "a newer agent of a node supersedes the older one") {
  join_alpha();
  const AgentEpoch older_epoch = alpha_epoch;
  const auto older = std::exchange(alpha, std::make_shared<FakePeer>());
  registry.receive(kAlpha, older_epoch, LeaseRequest{1, udp(500)});
  join_alpha();
  CHECK(older->refused == RefusalReason::superseded);
  registry.receive(kAlpha, older_epoch, LeaseRequest{1, udp(500)});
  registry.leave(kAlpha, older_epoch, "closed");
  registry.flush();
  CHECK(older->sent.size() == 1);
  CHECK(registry.counts().leases == 0);
  CHECK(registry.counts().joined == 1);
}

TEST_CASE_METHOD(Fixture, "a dead node's leases are in quarantine, then free") {
  join_alpha();
  join_beta();
  CHECK(ask_alpha(500).result == LeaseResult::granted);
  registry.leave(kAlpha, alpha_epoch, "was silent");
  registry.node_lost(kAlpha);
  CHECK(registry.counts().in_quarantine == 1);
  now += 19s;
  CHECK(ask_beta(500) ==
        LeaseAnswer{.request = 500, .result = LeaseResult::quarantined, .owner = "alpha"});
  now += 1s;
  registry.flush();
  CHECK(published.back().empty());
  CHECK(ask_beta(500).result == LeaseResult::granted);
  CHECK(logged("event=lease_quarantined node=alpha leases=1"));
}

TEST_CASE_METHOD(Fixture, "heartbeats of a node that seems dead prolong its quarantine") {
  join_alpha({udp(500)});
  registry.node_lost(kAlpha);
  for (int i = 0; i < 40; ++i) {
    now += 1s;
    registry.receive(kAlpha, alpha_epoch, Heartbeat{});
    registry.flush();
  }
  CHECK(registry.counts().leases == 1);
  registry.node_found(kAlpha);
  CHECK(registry.counts().in_quarantine == 0);
  now += 1h;
  registry.flush();
  CHECK(registry.counts().leases == 1);
}

TEST_CASE_METHOD(Fixture, "a node that lives again gets its leases by its agent's join") {
  join_alpha({udp(500), udp(501)});
  registry.leave(kAlpha, alpha_epoch, "was silent");
  registry.node_lost(kAlpha);
  now += 10s;
  registry.node_found(kAlpha);
  CHECK(registry.counts().in_quarantine == 2);
  join_alpha({udp(500)});
  CHECK(alpha->last<Welcome>().lost.empty());
  CHECK(registry.counts().leases == 1);
  CHECK(registry.counts().in_quarantine == 0);
}

TEST_CASE_METHOD(Fixture, "a node whose agent never comes back loses its leases after all") {
  join_alpha({udp(500)});
  registry.leave(kAlpha, alpha_epoch, "was silent");
  registry.node_lost(kAlpha);
  registry.node_found(kAlpha);
  now += 20s;
  registry.flush();
  CHECK(registry.counts().leases == 0);
}

TEST_CASE_METHOD(Fixture, "a configuration with other settings is told to agents") {
  join_alpha();
  join_beta();
  const AgentView next =
      agent_view(parse(kText + "services: [{name: a, port: 17500/tcp, node: beta}]\n"));
  registry.reconfigure(next, tokens());
  CHECK(alpha->last<Settings>() == next.nodes.at(kAlpha).settings);
  CHECK(beta->sent.size() == 1);
}

TEST_CASE_METHOD(Fixture, "an agent that has no Welcome yet is not told of other settings before") {
  alpha_epoch = registry.join(kAlpha, alpha, join_of("alpha", token_of('a')));
  const AgentView next =
      agent_view(parse(kText + "services: [{name: a, port: 17500/tcp, node: beta}]\n"));
  registry.reconfigure(next, tokens());
  CHECK(alpha->sent.empty());
  registry.flush();
  CHECK(alpha->last<Welcome>().settings == next.nodes.at(kAlpha).settings);
}

TEST_CASE_METHOD(Fixture, "a configuration that needs a leased port ends the lease") {
  join_alpha({udp(500)});
  join_beta({udp(600)});
  const AgentView next =
      agent_view(parse(kText + "services: [{name: a, port: 500/udp, node: beta}]\n"));
  CHECK(registry.leases_under(next) == std::vector{row(600, kBeta)});
  CHECK(registry.counts().leases == 2);
  registry.reconfigure(next, tokens());
  CHECK(alpha->refused == RefusalReason::reconfigured);
  CHECK_FALSE(beta->refused);
  join_alpha({udp(500)});
  CHECK(alpha->last<Welcome>().lost == std::vector{udp(500)});
}

TEST_CASE_METHOD(Fixture, "a node that is no longer configured loses agent and leases") {
  join_alpha({udp(500)});
  std::string text = kText;
  SECTION("because it is gone") {
    text.erase(text.find("  - {name: alpha"), std::string("  - {name: alpha, id: 1, address: "
                                                          "10.77.0.11}\n")
                                                  .size());
  }
  SECTION("because it has another address") {
    text.replace(text.find("10.77.0.11"), 10, "10.77.0.13");
  }
  registry.reconfigure(agent_view(parse(text)), tokens());
  CHECK(alpha->refused == RefusalReason::reconfigured);
  CHECK(registry.counts().leases == 0);
  CHECK(registry.counts().joined == 0);
}

TEST_CASE_METHOD(Fixture, "an agent whose token changed has to join again, and keeps its leases") {
  join_alpha({udp(500)});
  registry.reconfigure(agent_view(parse(kText)), tokens("62"));
  CHECK(alpha->refused == RefusalReason::reconfigured);
  CHECK(registry.counts().leases == 1);
  CHECK(registry.refusal_of(kAlphaAddress, join_of("alpha", token_of('a'))));
  CHECK_FALSE(registry.refusal_of(kAlphaAddress, join_of("alpha", token_of('b'))));
}

TEST_CASE_METHOD(Fixture, "refusals are counted by their reason") {
  registry.note_refusal(kAlphaAddress, "gamma", {RefusalReason::credentials, "no"});
  registry.note_stranger(Ipv4Address(10, 77, 0, 99));
  const AgentCounts counts = registry.counts();
  CHECK(counts.refused.at(RefusalReason::credentials) == 1);
  CHECK(counts.refused_addresses == 1);
  CHECK(logged("event=agent_refused address=10.77.0.11 node=gamma reason=credentials"));
}

TEST_CASE_METHOD(RecoveringFixture, "after a start what a node holds is its own at once") {
  CHECK(alpha->last<Welcome>().lost.empty());
  CHECK(published.back() == std::vector{row(600, kAlpha)});
}

TEST_CASE_METHOD(RecoveringFixture, "after a start requests wait until every node has joined") {
  request(700);
  registry.flush();
  CHECK(answers_to_alpha() == 0);
  join_beta();
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::granted);
}

TEST_CASE_METHOD(RecoveringFixture, "a port that a later node holds is its own whoever waits") {
  request(700);
  join_beta({udp(700)});
  CHECK(beta->last<Welcome>().lost.empty());
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::taken);
  CHECK(alpha->last<LeaseAnswer>().owner == "beta");
}

TEST_CASE_METHOD(RecoveringFixture, "requests wait no longer than an unheard agent goes on") {
  request(700);
  now += 20s - 1ms;
  registry.flush();
  CHECK(answers_to_alpha() == 0);
  now += 1ms;
  registry.flush();
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::granted);
}

TEST_CASE_METHOD(RecoveringFixture, "a node without a token is not waited for") {
  const auto only_alpha = AgentTokens::parse("alpha " + std::string(64, '6'), "t");
  registry.reconfigure(agent_view(parse(kText)), only_alpha);
  join_alpha();
  request(700);
  registry.flush();
  CHECK(answers_to_alpha() == 1);
}

TEST_CASE_METHOD(RecoveringFixture, "a request that waits and is given back is not granted later") {
  request(700);
  registry.receive(kAlpha, alpha_epoch, LeaseRelease{udp(700)});
  registry.flush();
  join_beta();
  CHECK(answers_to_alpha() == 0);
  CHECK(ask_beta(700).result == LeaseResult::granted);
}

TEST_CASE_METHOD(RecoveringFixture, "a node has no more requests waiting than it may have leases") {
  for (std::uint32_t i = 0; i <= kMaxLeases; ++i) request(static_cast<std::uint16_t>(1000 + i));
  registry.flush();
  CHECK(answers_to_alpha() == 1);
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::too_many);
  CHECK(registry.counts().leases == 1);
}

}  // namespace encluster::control
