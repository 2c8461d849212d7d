// Verdicts that a routing function gives: forward, local, drop, answer; and what it keeps.
#include <catch2/catch.hpp>

#include "support/login_session.hpp"
#include "support/scripted_service.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

Frame as_received(PacketBuilder builder) {
  return builder.macs(mac_of(kRouter), kOutsideMac).build();
}

}  // namespace

TEST_CASE("forward: the message goes to the node that the function chose, without state") {
  ScriptedGateway gateway("forward");
  const Outcome out = gateway.from_remote(call());
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.101:700 > 10.77.0.12:2049 UDP len 4");
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.connections().empty());
}

TEST_CASE("forward with another port: the message goes there") {
  ScriptedGateway gateway("other port");
  const Outcome out = gateway.from_remote(call());
  CHECK(out.text == "192.0.2.101:700 > 10.77.0.13:635 UDP len 4");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("forward with another port, remembered: both directions are translated") {
  ScriptedGateway gateway(scripted("remembered port", Protocol::tcp));
  const LoginSession session(700, kScriptedPort);
  CHECK(gateway.from_remote(session.from_remote().syn()).text ==
        "192.0.2.101:700 > 10.77.0.13:635 TCP S seq 0");
  const Outcome answer = gateway.from_node(tcp().from(kGamma, 635).to(kRemote, 700).syn().ack(1));
  CHECK(answer.text == "192.0.2.1:2049 > 192.0.2.101:700 TCP SA seq 0 ack 1");
  CHECK(checksums_ok(answer.frame));
  CHECK(gateway.from_remote(session.from_remote().ack(1)).text ==
        "192.0.2.101:700 > 10.77.0.13:635 TCP A seq 0 ack 1");
}

TEST_CASE("forward to a node that does not exist is a drop") {
  ScriptedGateway gateway("absent");
  const Outcome out = gateway.from_remote(call());
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::no_node);
}

TEST_CASE("local: the message goes to the gateway's kernel as it came") {
  ScriptedGateway gateway("local");
  const Outcome out = gateway.from_remote(call());
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "192.0.2.101:700 > 192.0.2.1:2049 UDP len 4");
}

TEST_CASE("drop: with the function's reason, or the general one") {
  ScriptedGateway refusing("refuse");
  CHECK(refusing.from_remote(call()).reason == DropReason::rate_limited);
  ScriptedGateway dropping("drop");
  CHECK(dropping.from_remote(call()).reason == DropReason::routing_function);
}

TEST_CASE("a function that decides nothing drops") {
  ScriptedGateway gateway("nothing at all");
  const Outcome out = gateway.from_remote(call());
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::routing_function);
}

TEST_CASE("answer: what the function built goes back to where the message came from") {
  ScriptedGateway gateway("answer");
  const Outcome out = gateway.from_remote(call());
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.egress == 0);
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP type 3 code 3");
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.counters().resets_sent.value() == 0);
}

TEST_CASE("a function is called once for the messages of a burst") {
  ScriptedGateway gateway("port of bursts");
  const auto outcomes = gateway.receive_burst(
      {as_received(call()), as_received(call()), as_received(call())}, Origin::network);
  for (const Outcome& out : outcomes) {
    CHECK(out.text == "192.0.2.101:700 > 10.77.0.11:1 UDP len 4");
  }
}

TEST_CASE("what a function keeps per worker survives changes elsewhere") {
  ScriptedGateway gateway("port of calls");
  gateway.from_remote(call());
  gateway.from_remote(call());
  gateway.change([](auto& state) {
    state.nodes[0].weight = 7;
    state.services[0].port = PortNumber(std::uint16_t{79});
  });
  CHECK(gateway.from_remote(call()).text == "192.0.2.101:700 > 10.77.0.11:3 UDP len 4");
}

TEST_CASE("what a function keeps per worker is made anew when its service is configured anew") {
  ScriptedGateway gateway("port of calls");
  gateway.from_remote(call());
  gateway.change([](auto& state) { state.services.back().options["comment"] = "new"; });
  CHECK(gateway.from_remote(call()).text == "192.0.2.101:700 > 10.77.0.11:1 UDP len 4");
}

TEST_CASE("a simulated message asks the function, which changes nothing") {
  ScriptedGateway gateway("port of calls");
  gateway.from_remote(call());
  CHECK(gateway.simulate(call(), Origin::network).text ==
        "192.0.2.101:700 > 10.77.0.11:1 UDP len 4");
  CHECK(gateway.from_remote(call()).text == "192.0.2.101:700 > 10.77.0.11:2 UDP len 4");
}

TEST_CASE("TCP to a service whose function is for UDP goes its own way") {
  ScriptedGateway gateway("forward");
  const Outcome out =
      gateway.from_remote(tcp().from(kRemote, 700).to(kCluster, kScriptedPort).syn());
  CHECK(out.verdict == Verdict::local);
}
