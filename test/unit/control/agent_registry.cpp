#include "control/agent_registry.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/control/agent_registry_fixture.hpp"

namespace encluster::control {

TEST_CASE_METHOD(RegistryFixture, "an agent joins by its node's address, name and token together") {
  CHECK_FALSE(registry.refusal_of(kAlphaAddress, join_of("alpha", token_of('a'))));
  const auto wrong_token = registry.refusal_of(kAlphaAddress, join_of("alpha", token_of('b')));
  const auto wrong_name = registry.refusal_of(kAlphaAddress, join_of("beta", token_of('f')));
  const auto unknown = registry.refusal_of(kAlphaAddress, join_of("gamma", token_of('a')));
  REQUIRE(wrong_token);
  CHECK(wrong_token->reason == RefusalReason::credentials);
  CHECK(wrong_name == wrong_token);
  CHECK(unknown == wrong_token);
}

TEST_CASE_METHOD(RegistryFixture, "an agent of another version hears which the gateway speaks") {
  Join join;
  join.version = 2;
  const auto refused = registry.refusal_of(kAlphaAddress, join);
  REQUIRE(refused);
  CHECK(refused->reason == RefusalReason::version);
  CHECK(refused->text == "the gateway speaks version 1");
}

TEST_CASE_METHOD(RegistryFixture,
                 "an agent is welcomed with its settings and an epoch that rises") {
  join_alpha();
  const auto first = alpha->last<Welcome>();
  CHECK(first.epoch == 1);
  CHECK(first.settings == agent_view(parse(kText)).nodes.at(kAlpha).settings);
  CHECK(first.heartbeat == 500ms);
  CHECK(first.fence == 15s);
  registry.leave(kAlpha, alpha_epoch, "closed");
  join_alpha();
  CHECK(alpha->last<Welcome>().epoch == 2);
}

TEST_CASE_METHOD(RegistryFixture, "an agent is awaited while a node that has a token has none") {
  CHECK(registry.awaits(kAlpha));
  CHECK_FALSE(registry.awaits(NodeId(99)));
  join_alpha();
  CHECK_FALSE(registry.awaits(kAlpha));
  registry.leave(kAlpha, alpha_epoch, "closed");
  CHECK(registry.awaits(kAlpha));
}

TEST_CASE_METHOD(RegistryFixture, "a heartbeat is answered with its number") {
  join_alpha();
  registry.receive(kAlpha, alpha_epoch, Heartbeat{77, 0});
  registry.flush();
  CHECK(alpha->last<HeartbeatAnswer>().sequence == 77);
  CHECK(published.empty());
}

TEST_CASE_METHOD(RegistryFixture, "the loads are those that agents told last") {
  join_alpha();
  join_beta();
  CHECK(registry.loads().empty());
  registry.receive(kAlpha, alpha_epoch, Heartbeat{1, 50});
  registry.receive(kBeta, beta_epoch, Heartbeat{1, 4'000'000'000});
  registry.flush();
  CHECK(registry.loads() == std::vector<switching::NodeLoad>{{kAlpha, 50}, {kBeta, 65535}});
  registry.leave(kAlpha, alpha_epoch, "closed");
  CHECK(registry.loads() == std::vector<switching::NodeLoad>{{kBeta, 65535}});
}

TEST_CASE_METHOD(RegistryFixture, "what is asked for in one turn becomes one change") {
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
  CHECK(logged("event=port_conflict port=500/udp node=beta owner=alpha"));
}

TEST_CASE_METHOD(RegistryFixture, "a port may pass from node to node in one turn") {
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

TEST_CASE_METHOD(RegistryFixture, "what cannot be published is not granted, and changes nothing") {
  join_alpha({udp(400)});
  publishing_fails = true;
  CHECK(ask_alpha(500).result == LeaseResult::not_leasable);
  CHECK(registry.counts().leases == 1);
  CHECK(logged("event=lease_failed problem=\"no room\""));
  publishing_fails = false;
  CHECK(ask_alpha(500).result == LeaseResult::granted);
}

TEST_CASE_METHOD(RegistryFixture, "a join whose leases cannot be published loses them") {
  publishing_fails = true;
  join_alpha({udp(400)});
  CHECK(alpha->last<Welcome>().lost == std::vector{udp(400)});
  CHECK(registry.counts().leases == 0);
}

TEST_CASE_METHOD(RegistryFixture, "leases outlive the agent's connection") {
  join_alpha();
  join_beta();
  CHECK(ask_alpha(500).result == LeaseResult::granted);
  registry.leave(kAlpha, alpha_epoch, "closed");
  now += 1h;
  registry.flush();
  CHECK(ask_beta(500).result == LeaseResult::taken);
  CHECK(registry.counts().joined == 1);
}

TEST_CASE_METHOD(RegistryFixture, "what an agent gives back before it leaves is free") {
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

TEST_CASE_METHOD(RegistryFixture,
                 "a rejoin keeps what is held, frees the rest, and hears what is lost") {
  join_alpha({udp(500), udp(501)});
  join_beta({udp(600)});
  registry.leave(kAlpha, alpha_epoch, "closed");
  join_alpha({udp(501), udp(600)});
  CHECK(alpha->last<Welcome>().lost == std::vector{udp(600)});
  CHECK(published.back() == std::vector{row(501, kAlpha), row(600, kBeta)});
  CHECK(ask_beta(500).result == LeaseResult::granted);
}

TEST_CASE_METHOD(RegistryFixture, "a newer agent of a node supersedes the older one") {
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

TEST_CASE_METHOD(RegistryFixture, "a dead node's leases are in quarantine, then free") {
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

TEST_CASE_METHOD(RegistryFixture, "heartbeats of a node that seems dead prolong its quarantine") {
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

TEST_CASE_METHOD(RegistryFixture, "a node that lives again gets its leases by its agent's join") {
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

TEST_CASE_METHOD(RegistryFixture,
                 "a node whose agent never comes back loses its leases after all") {
  join_alpha({udp(500)});
  registry.leave(kAlpha, alpha_epoch, "was silent");
  registry.node_lost(kAlpha);
  registry.node_found(kAlpha);
  now += 20s;
  registry.flush();
  CHECK(registry.counts().leases == 0);
}

TEST_CASE_METHOD(RegistryFixture, "a configuration with other settings is told to agents") {
  join_alpha();
  join_beta();
  const AgentView next =
      agent_view(parse(kText + "services: [{name: a, port: 17500/tcp, node: beta}]\n"));
  registry.reconfigure(next, tokens());
  CHECK(alpha->last<Settings>() == next.nodes.at(kAlpha).settings);
  CHECK(beta->sent.size() == 1);
}

TEST_CASE_METHOD(RegistryFixture,
                 "an agent that has no Welcome yet is not told of other settings before") {
  alpha_epoch = registry.join(kAlpha, alpha, join_of("alpha", token_of('a')));
  const AgentView next =
      agent_view(parse(kText + "services: [{name: a, port: 17500/tcp, node: beta}]\n"));
  registry.reconfigure(next, tokens());
  CHECK(alpha->sent.empty());
  registry.flush();
  CHECK(alpha->last<Welcome>().settings == next.nodes.at(kAlpha).settings);
}

TEST_CASE_METHOD(RegistryFixture, "a configuration that needs a leased port ends the lease") {
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

TEST_CASE_METHOD(RegistryFixture, "a node that is no longer configured loses agent and leases") {
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

TEST_CASE_METHOD(RegistryFixture,
                 "an agent whose token changed has to join again, and keeps its leases") {
  join_alpha({udp(500)});
  registry.reconfigure(agent_view(parse(kText)), tokens("62"));
  CHECK(alpha->refused == RefusalReason::reconfigured);
  CHECK(registry.counts().leases == 1);
  CHECK(registry.refusal_of(kAlphaAddress, join_of("alpha", token_of('a'))));
  CHECK_FALSE(registry.refusal_of(kAlphaAddress, join_of("alpha", token_of('b'))));
}

TEST_CASE_METHOD(RegistryFixture, "refusals are counted by their reason") {
  registry.note_refusal(kAlphaAddress, "gamma", {RefusalReason::credentials, "no"});
  registry.note_stranger(Ipv4Address(10, 77, 0, 99));
  const AgentCounts counts = registry.counts();
  CHECK(counts.refused.at(RefusalReason::credentials) == 1);
  CHECK(counts.refused_addresses == 1);
  CHECK(logged("event=agent_refused address=10.77.0.11 node=gamma reason=credentials"));
}

}  // namespace encluster::control
