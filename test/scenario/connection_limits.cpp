// Class D: what happens when the connection table, or the part of it for new connections, is full.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "support/login_session.hpp"
#include "support/scripted_service.hpp"
#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

switching::PipelineLimits limited_to(std::uint32_t connections, std::uint32_t embryonic) {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.connections = {connections, embryonic};
  return limits;
}

}  // namespace

TEST_CASE("a SYN that finds the connection table full is dropped by name") {
  Gateway gateway(example_cluster(), limited_to(3, 3));
  for (std::uint16_t port = 1000; port < 1003; ++port) LoginSession(gateway, port);
  const Outcome out = gateway.from_remote(LoginSession(1003).from_remote().syn());
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::connection_table_full);
}

TEST_CASE("a full connection table leaves its connections alone") {
  Gateway gateway(example_cluster(), limited_to(3, 3));
  std::vector<LoginSession> sessions;
  for (std::uint16_t port = 1000; port < 1003; ++port) sessions.emplace_back(gateway, port);
  for (std::uint16_t port = 2000; port < 2100; ++port) {
    gateway.from_remote(LoginSession(port).from_remote().syn());
  }
  for (const LoginSession& session : sessions) {
    CHECK(gateway.from_remote(session.from_remote().ack().payload("w")).packet.node ==
          session.node());
  }
}

TEST_CASE("without a node by hash, a SYN beyond the limit of unanswered ones is dropped by name") {
  Gateway gateway(cluster_with_scripted(scripted("remembered port", Protocol::tcp)),
                  limited_to(100, 3), {{"scripted", &make_scripted}});
  for (std::uint16_t port = 1000; port < 1003; ++port) {
    gateway.from_remote(LoginSession(port, kScriptedPort).from_remote().syn());
  }
  const Outcome out = gateway.from_remote(LoginSession(1003, kScriptedPort).from_remote().syn());
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::embryonic_full);
}

TEST_CASE("too many unanswered SYNs leave established connections alone") {
  Gateway gateway(example_cluster(), limited_to(100, 3));
  const LoginSession session(gateway);
  for (std::uint16_t port = 2000; port < 2100; ++port) {
    gateway.from_remote(LoginSession(port).from_remote().syn());
  }
  CHECK(gateway.from_remote(session.from_remote().ack().payload("w")).packet.node ==
        session.node());
  CHECK(gateway.from_node(session.from_node().ack().payload("w")).verdict == Verdict::forward);
}

TEST_CASE("a repeated SYN is served although the limit of unanswered ones is reached") {
  Gateway gateway(example_cluster(), limited_to(100, 3));
  for (std::uint16_t port = 1000; port < 1003; ++port) {
    gateway.from_remote(LoginSession(port).from_remote().syn());
  }
  CHECK(gateway.from_remote(LoginSession(1001).from_remote().syn()).verdict == Verdict::forward);
}

TEST_CASE("unanswered SYNs make room when they are answered, refused or expire") {
  Gateway gateway(example_cluster(), limited_to(100, 1));
  LoginSession answered(gateway, 1000);

  LoginSession refused(1001);
  CHECK(gateway.from_remote(refused.from_remote().syn()).verdict == Verdict::forward);
  gateway.from_node(refused.from_node().from(kBeta, 513).rst().ack(1));
  gateway.pass(switching::kResetLife + 6);

  CHECK(gateway.from_remote(LoginSession(1002).from_remote().syn()).verdict == Verdict::forward);
  gateway.pass(switching::kEmbryonicLife + 6);
  CHECK(gateway.from_remote(LoginSession(1003).from_remote().syn()).verdict == Verdict::forward);
}

TEST_CASE("a flood of SYNs from forged addresses passes, and new logins succeed a minute later") {
  Gateway gateway(example_cluster(), limited_to(1000, 200));
  for (std::uint16_t port = 2000; port < 3000; ++port) {
    const LoginSession forged(port);
    const Outcome out = gateway.from_remote(forged.from_remote().syn());
    if (out.verdict != Verdict::forward) continue;
    const Ipv4Address node = gateway.snapshot().nodes[out.packet.node.value()].address;
    gateway.from_node(forged.from_node().from(node, 513).syn().ack(1));
  }
  gateway.pass(switching::kEmbryonicLife + 6);
  CHECK(gateway.connections().empty());
  const LoginSession session(gateway);
  CHECK(gateway.from_remote(session.from_remote().ack()).verdict == Verdict::forward);
}
