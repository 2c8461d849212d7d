// Pings: nodes' echo identifiers are kept apart towards each remote.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

PacketBuilder ping(Ipv4Address node, std::uint16_t identifier = 77) {
  return icmp_echo_request()
      .from(node)
      .to(kRemote)
      .identifier(identifier)
      .sequence(1)
      .payload("abcdefg");
}
PacketBuilder pong(std::uint16_t identifier = 77) {
  return icmp_echo_reply()
      .from(kRemote)
      .to(kCluster)
      .identifier(identifier)
      .sequence(1)
      .payload("abcdefg");
}

}  // namespace

TEST_CASE("a node's ping leaves under the cluster's address with its identifier") {
  Gateway gateway;
  const Outcome out = gateway.from_node(ping(kAlpha));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP echo request id 77 seq 1");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("the echo reply comes back to the node that pinged") {
  Gateway gateway;
  gateway.from_node(ping(kGamma));
  const Outcome out = gateway.from_remote(pong());
  CHECK(out.text == "192.0.2.101 > 10.77.0.13 ICMP echo reply id 77 seq 1");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("two nodes that ping one remote with one identifier are kept apart, both ways") {
  Gateway gateway;
  gateway.from_node(ping(kAlpha));
  const Outcome out = gateway.from_node(ping(kBeta));
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP echo request id 76 seq 1");
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.counters().echoes_renumbered.value() == 1);
  const Outcome to_beta = gateway.from_remote(pong(76));
  CHECK(to_beta.text == "192.0.2.101 > 10.77.0.12 ICMP echo reply id 77 seq 1");
  CHECK(checksums_ok(to_beta.frame));
  CHECK(gateway.from_remote(pong(77)).packet.node == NodeId(1));
}

TEST_CASE("a renumbered ping keeps its identifier from one request to the next") {
  Gateway gateway;
  gateway.from_node(ping(kAlpha));
  gateway.from_node(ping(kBeta));
  CHECK(gateway.from_node(ping(kBeta).sequence(2)).text ==
        "192.0.2.1 > 192.0.2.101 ICMP echo request id 76 seq 2");
  CHECK(gateway.counters().echoes_renumbered.value() == 1);
}

TEST_CASE("identifiers are counted down across zero") {
  Gateway gateway;
  gateway.from_node(ping(kAlpha, 0));
  const Outcome out = gateway.from_node(ping(kBeta, 0));
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP echo request id 65535 seq 1");
  const Outcome back = gateway.from_remote(pong(65535));
  CHECK(back.text == "192.0.2.101 > 10.77.0.12 ICMP echo reply id 0 seq 1");
  CHECK(checksums_ok(back.frame));
}

TEST_CASE("one identifier is used at once towards different remotes") {
  Gateway gateway;
  gateway.from_node(ping(kAlpha));
  const Outcome out = gateway.from_node(ping(kBeta).to(kFarRemote));
  CHECK(out.text == "192.0.2.1 > 198.51.100.7 ICMP echo request id 77 seq 1");
}

TEST_CASE("an identifier is free again after a minute of silence") {
  Gateway gateway;
  gateway.from_node(ping(kAlpha));
  gateway.pass(switching::kEchoLife + 5);
  CHECK(gateway.connections().empty());
  CHECK(gateway.from_remote(pong()).verdict == Verdict::local);
  const Outcome out = gateway.from_node(ping(kBeta));
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP echo request id 77 seq 1");
}

TEST_CASE("a ping that goes on keeps its identifier for hours") {
  Gateway gateway;
  gateway.from_node(ping(kAlpha));
  gateway.from_node(ping(kBeta));
  for (int minute = 0; minute < 180; ++minute) {
    gateway.pass(55);
    gateway.from_node(ping(kBeta));
  }
  CHECK(gateway.from_remote(pong(76)).text ==
        "192.0.2.101 > 10.77.0.12 ICMP echo reply id 77 seq 1");
}

TEST_CASE("the gateway's own ping is answered to the gateway's kernel") {
  Gateway gateway;
  const Outcome out = gateway.from_kernel(ping(kCluster));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP echo request id 77 seq 1");
  const Outcome back = gateway.from_remote(pong());
  CHECK(back.verdict == Verdict::local);
  CHECK(back.text == "192.0.2.101 > 192.0.2.1 ICMP echo reply id 77 seq 1");
}

TEST_CASE("the gateway's own ping is renumbered where a node was first, and back") {
  Gateway gateway;
  gateway.from_node(ping(kAlpha));
  const Outcome out = gateway.from_kernel(ping(kCluster));
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP echo request id 76 seq 1");
  CHECK(checksums_ok(out.frame));
  const Outcome back = gateway.from_remote(pong(76));
  CHECK(back.verdict == Verdict::local);
  CHECK(back.text == "192.0.2.101 > 192.0.2.1 ICMP echo reply id 77 seq 1");
  CHECK(checksums_ok(back.frame));
}

TEST_CASE("a remote's ping of the cluster is answered by the gateway's kernel") {
  Gateway gateway;
  gateway.from_node(ping(kAlpha));
  const Outcome in = gateway.from_remote(ping(kRemote).to(kCluster));
  CHECK(in.verdict == Verdict::local);
  const Outcome out = gateway.from_kernel(pong().from(kCluster).to(kRemote));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP echo reply id 77 seq 1");
}

TEST_CASE("when no identifier can be found a ping is dropped by that name") {
  Gateway gateway;
  for (std::uint16_t identifier = 1000; identifier <= 1256; ++identifier) {
    gateway.from_node(ping(kAlpha, identifier));
  }
  const Outcome out = gateway.from_node(ping(kBeta, 1256));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::echo_exhausted);
}
