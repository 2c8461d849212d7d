// What nodes offer by themselves, as the gateway sees it.
#include <catch2/catch.hpp>

#include "unit/control/agent_registry_fixture.hpp"

namespace encluster::control {

namespace {

/// Alpha and beta may serve at UDP ports 700 to 710, alpha alone at 720, beta at one that is not to
/// be had.
const std::string kAllowing = kText + R"(services:
  - {name: ntp, port: 123/udp, node: alpha}
agents:
  listen: 10.77.0.1:7077
  token_file: agents.token
  allow:
    - {node: alpha, ports: [700-710/udp, 720/udp]}
    - {node: beta, ports: [700-710/udp, 123/udp, 16384/udp]}
)";

struct Services : RegistryFixture {
  Services() { registry.reconfigure(agent_view(parse(kAllowing)), tokens()); }

  ServiceAnswer ask(NodeId node, std::uint16_t port) {
    const bool is_alpha = node == kAlpha;
    registry.receive(node, is_alpha ? alpha_epoch : beta_epoch,
                     ServiceRequest{port, udp(port), "web"});
    registry.flush();
    return (is_alpha ? alpha : beta)->last<ServiceAnswer>();
  }
  void join(NodeId node, std::vector<OfferedService> services) {
    Join message =
        node == kAlpha ? join_of("alpha", token_of('a')) : join_of("beta", token_of('f'));
    message.services = std::move(services);
    (node == kAlpha ? alpha_epoch : beta_epoch) =
        registry.join(node, node == kAlpha ? alpha : beta, std::move(message));
    registry.flush();
  }
  void release_alpha(std::uint16_t port) {
    registry.receive(kAlpha, alpha_epoch, LeaseRelease{udp(port)});
    registry.flush();
  }
};

OfferedService held(std::uint16_t port) { return {udp(port), "web", true}; }
OfferedService offered(std::uint16_t port) { return {udp(port), "web", false}; }

}  // namespace

TEST_CASE_METHOD(Services, "a service that is allowed becomes a row") {
  join_alpha();
  CHECK(alpha->last<Welcome>().services);
  CHECK(ask(kAlpha, 700) == ServiceAnswer{700, ServiceResult::granted, ""});
  CHECK(published.back() == std::vector{row(700, kAlpha)});
  CHECK(registry.counts().services == 1);
  CHECK(logged("event=service_registered node=alpha port=700/udp service=web"));
}

TEST_CASE_METHOD(Services, "a service that is not allowed is refused, counted, and logged once") {
  join_beta();
  for (int i = 0; i < 3; ++i) {
    CHECK(ask(kBeta, 720) == ServiceAnswer{720, ServiceResult::not_allowed, ""});
  }
  CHECK(published.empty());
  CHECK(registry.counts().refused_services == 3);
  const std::string line =
      "event=service_refused node=beta port=720/udp service=web reason=not-allowed owner=none";
  REQUIRE(logged(line));
  CHECK(lines.find(line) == lines.rfind(line));
}

TEST_CASE_METHOD(Services, "nothing is allowed where the configuration does not say so") {
  registry.reconfigure(agent_view(parse(kText)), tokens());
  join_alpha();
  CHECK(ask(kAlpha, 700).result == ServiceResult::not_allowed);
}

TEST_CASE_METHOD(Services, "what belongs to others is refused though it is allowed") {
  join_alpha();
  join_beta();
  CHECK(ask(kBeta, 123).result == ServiceResult::not_leasable);
  CHECK(ask(kBeta, 16384).result == ServiceResult::not_leasable);
  REQUIRE(ask(kAlpha, 700).result == ServiceResult::granted);
  CHECK(ask(kBeta, 700) == ServiceAnswer{700, ServiceResult::taken, "alpha"});
  REQUIRE(ask_alpha(701).result == LeaseResult::granted);
  CHECK(ask(kBeta, 701) == ServiceAnswer{701, ServiceResult::taken, "alpha"});
  CHECK(ask(kAlpha, 701) == ServiceAnswer{701, ServiceResult::taken, "alpha"});
  CHECK(
      logged("event=service_refused node=beta port=701/udp service=web reason=taken owner=alpha"));
}

TEST_CASE_METHOD(Services, "a service's port is not leased to another node") {
  join_alpha();
  join_beta();
  REQUIRE(ask(kAlpha, 700).result == ServiceResult::granted);
  CHECK(ask_beta(700).result == LeaseResult::taken);
}

TEST_CASE_METHOD(Services, "a service that is given back is free") {
  join_alpha();
  join_beta();
  REQUIRE(ask(kAlpha, 700).result == ServiceResult::granted);
  release_alpha(700);
  CHECK(published.back().empty());
  CHECK(registry.counts().services == 0);
  CHECK(logged("event=service_withdrawn node=alpha port=700/udp service=web"));
  CHECK(ask(kBeta, 700).result == ServiceResult::granted);
}

TEST_CASE_METHOD(Services, "an agent's end changes nothing until it is back without the service") {
  join_alpha();
  REQUIRE(ask(kAlpha, 700).result == ServiceResult::granted);
  REQUIRE(ask(kAlpha, 702).result == ServiceResult::granted);
  registry.leave(kAlpha, alpha_epoch, "closed");
  registry.flush();
  CHECK(published.back() == std::vector{row(700, kAlpha), row(702, kAlpha)});
  SECTION("an agent that was restarted does not know that it has it") {
    join(kAlpha, {offered(702)});
  }
  SECTION("an agent that lost its connection does") { join(kAlpha, {held(702)}); }
  CHECK(published.back() == std::vector{row(702, kAlpha)});
  CHECK(alpha->last<Welcome>().lost.empty());
  CHECK(
      logged("event=service_withdrawn node=alpha port=700/udp service=web "
             "reason=\"not offered any more\""));
}

TEST_CASE_METHOD(Services, "the services of a dead node are free once its agent has gone, too") {
  join_alpha();
  join_beta();
  REQUIRE(ask(kAlpha, 700).result == ServiceResult::granted);
  REQUIRE(ask_alpha(701).result == LeaseResult::granted);
  SECTION("first the connection ends") {
    registry.leave(kAlpha, alpha_epoch, "silent");
    registry.flush();
    CHECK(registry.counts().services == 1);
    wakes = 0;
    registry.node_died(kAlpha);
  }
  SECTION("first the node is found dead") {
    registry.node_died(kAlpha);
    registry.flush();
    CHECK(registry.counts().services == 1);
    wakes = 0;
    registry.leave(kAlpha, alpha_epoch, "silent");
  }
  CHECK(wakes == 1);
  registry.flush();
  CHECK(published.back() == std::vector{row(701, kAlpha)});
  CHECK(
      logged("event=service_withdrawn node=alpha port=700/udp service=web "
             "reason=\"the node is dead\""));
  CHECK(ask(kBeta, 700).result == ServiceResult::granted);
}

TEST_CASE_METHOD(Services, "a node that was taken for dead and is heard keeps its services") {
  join_alpha();
  REQUIRE(ask(kAlpha, 700).result == ServiceResult::granted);
  registry.node_died(kAlpha);
  registry.receive(kAlpha, alpha_epoch, Heartbeat{1, 0});
  registry.leave(kAlpha, alpha_epoch, "closed");
  registry.flush();
  CHECK(published.back() == std::vector{row(700, kAlpha)});
}

TEST_CASE_METHOD(Services, "a node that lost its services while it was dead hears so") {
  join_alpha();
  REQUIRE(ask(kAlpha, 700).result == ServiceResult::granted);
  registry.leave(kAlpha, alpha_epoch, "silent");
  registry.node_died(kAlpha);
  registry.flush();
  join_beta();
  REQUIRE(ask(kBeta, 700).result == ServiceResult::granted);
  join(kAlpha, {held(700)});
  CHECK(alpha->last<Welcome>().lost == std::vector{udp(700)});
  CHECK(published.back() == std::vector{row(700, kBeta)});
}

TEST_CASE_METHOD(Services, "after a start, a node has back the services that it was given") {
  join(kAlpha, {held(700), offered(702), held(711)});
  CHECK(published.back() == std::vector{row(700, kAlpha)});
  CHECK(alpha->last<Welcome>().lost == std::vector{udp(711)});
  CHECK(registry.counts().services == 1);
}

TEST_CASE_METHOD(Services, "a lease that a node holds does not become a service by its Join") {
  Join message = join_of("alpha", token_of('a'), {udp(700)});
  message.services = {held(700)};
  alpha_epoch = registry.join(kAlpha, alpha, std::move(message));
  registry.flush();
  CHECK(published.back() == std::vector{row(700, kAlpha)});
  CHECK(registry.counts().services == 0);
}

TEST_CASE_METHOD(Services, "a service that is allowed no longer ends, and its agent joins again") {
  join_alpha();
  REQUIRE(ask(kAlpha, 700).result == ServiceResult::granted);
  REQUIRE(ask(kAlpha, 720).result == ServiceResult::granted);
  REQUIRE(ask_alpha(800).result == LeaseResult::granted);
  std::string text = kAllowing;
  const std::string part = "700-710/udp, 720/udp";
  text.replace(text.find(part), part.size(), "720/udp");
  const AgentView next = agent_view(parse(text));
  CHECK(registry.leases_under(next) == std::vector{row(720, kAlpha), row(800, kAlpha)});
  registry.reconfigure(next, tokens());
  CHECK(alpha->refused == RefusalReason::reconfigured);
  CHECK(registry.counts().services == 1);
  CHECK(registry.counts().leases == 2);
}

TEST_CASE_METHOD(Services, "a node has no more services than it may") {
  registry.reconfigure(agent_view(parse(kText + R"(agents:
  listen: 10.77.0.1:7077
  token_file: t
  allow: [{node: alpha, ports: [1000-2000/udp]}]
)")),
                       tokens());
  join_alpha();
  for (std::uint16_t i = 0; i < kMaxServices; ++i) {
    registry.receive(kAlpha, alpha_epoch, ServiceRequest{1, udp(std::uint16_t(1000 + i)), "x"});
  }
  CHECK(ask(kAlpha, 1500).result == ServiceResult::too_many);
  CHECK(registry.counts().services == kMaxServices);
  CHECK(ask(kAlpha, 1000).result == ServiceResult::granted);
}

TEST_CASE_METHOD(Services, "what could not be published is no service") {
  join_alpha();
  publishing_fails = true;
  CHECK(ask(kAlpha, 700).result == ServiceResult::not_leasable);
  CHECK(registry.counts().services == 0);
  publishing_fails = false;
  CHECK(ask(kAlpha, 700).result == ServiceResult::granted);
}

struct StartingServices : RegistryFixture {
  StartingServices() : RegistryFixture({.recovery = 20s}) {
    registry.reconfigure(agent_view(parse(kAllowing)), tokens());
  }
};

TEST_CASE_METHOD(StartingServices,
                 "after a start, requests wait for nodes that may have the port") {
  join_alpha();
  registry.receive(kAlpha, alpha_epoch, ServiceRequest{1, udp(700), "web"});
  registry.flush();
  CHECK(std::holds_alternative<Welcome>(alpha->sent.back()));
  Join message = join_of("beta", token_of('f'));
  message.services = {held(700)};
  beta_epoch = registry.join(kBeta, beta, std::move(message));
  registry.flush();
  CHECK(alpha->last<ServiceAnswer>() == ServiceAnswer{1, ServiceResult::taken, "beta"});
  CHECK(published.back() == std::vector{row(700, kBeta)});
}

}  // namespace encluster::control
