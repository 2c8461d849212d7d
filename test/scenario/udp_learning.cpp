// UDP from ports in no slice: the first node that sends is the one that hears the answers.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

PacketBuilder query(Ipv4Address node, std::uint16_t port = 700) {
  return udp().from(node, port).to(kRemote, 111).payload("call");
}
PacketBuilder reply(std::uint16_t port = 700) {
  return udp().from(kRemote, 111).to(kCluster, port).payload("reply");
}

}  // namespace

TEST_CASE("a datagram from outside the slices leaves with its port, and is learnt") {
  Gateway gateway;
  const Outcome out = gateway.from_node(query(kAlpha));
  CHECK(out.text == "192.0.2.1:700 > 192.0.2.101:111 UDP len 4");
  CHECK(checksums_ok(out.frame));
  REQUIRE(gateway.connections().size() == 1);
  CHECK(gateway.connections()[0].node == 1);
}

TEST_CASE("the reply goes to the node that asked") {
  Gateway gateway;
  gateway.from_node(query(kBeta));
  const Outcome out = gateway.from_remote(reply());
  CHECK(out.text == "192.0.2.101:111 > 10.77.0.12:700 UDP len 5");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("another node's datagram from the same port to the same remote port is dropped") {
  Gateway gateway;
  gateway.from_node(query(kAlpha));
  const Outcome out = gateway.from_node(query(kBeta));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::not_owner);
  CHECK(gateway.from_remote(reply()).packet.node == NodeId(1));
}

TEST_CASE("another node may use the port towards another remote or another port of it") {
  Gateway gateway;
  gateway.from_node(query(kAlpha));
  CHECK(gateway.from_node(query(kBeta).to(kFarRemote, 111)).verdict == Verdict::forward);
  CHECK(gateway.from_node(query(kGamma).to(kRemote, 112)).verdict == Verdict::forward);
  CHECK(gateway.from_remote(udp().from(kFarRemote, 111).to(kCluster, 700)).packet.node ==
        NodeId(2));
}

TEST_CASE("a learnt port is forgotten after three minutes of silence, and another may have it") {
  Gateway gateway;
  gateway.from_node(query(kAlpha));
  gateway.pass(switching::kDatagramLife);
  CHECK(gateway.connections().size() == 1);
  gateway.pass(5);
  CHECK(gateway.connections().empty());
  CHECK(gateway.from_remote(reply()).verdict == Verdict::local);
  CHECK(gateway.from_node(query(kBeta)).verdict == Verdict::forward);
}

TEST_CASE("traffic in either direction keeps a learnt port") {
  for (const bool outbound : {false, true}) {
    Gateway gateway;
    gateway.from_node(query(kAlpha));
    for (int minutes = 0; minutes < 20; minutes += 2) {
      gateway.pass(120);
      if (outbound) {
        gateway.from_node(query(kAlpha));
      } else {
        gateway.from_remote(reply());
      }
    }
    CHECK(gateway.connections().size() == 1);
  }
}

TEST_CASE("a reply that nobody asked for is the gateway's own") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(reply());
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "192.0.2.101:111 > 192.0.2.1:700 UDP len 5");
  CHECK(gateway.connections().empty());
}

TEST_CASE("the gateway's own datagrams are learnt as node 0's") {
  Gateway gateway;
  const Outcome out = gateway.from_kernel(query(kCluster));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1:700 > 192.0.2.101:111 UDP len 4");
  CHECK(gateway.from_remote(reply()).verdict == Verdict::local);
  CHECK(gateway.from_node(query(kAlpha)).reason == DropReason::not_owner);
}

TEST_CASE("a node that was first is not displaced by the gateway") {
  Gateway gateway;
  gateway.from_node(query(kAlpha));
  const Outcome out = gateway.from_kernel(query(kCluster));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::not_owner);
}

TEST_CASE("a simulated datagram is not learnt") {
  Gateway gateway;
  CHECK(gateway.simulate(query(kAlpha), Origin::interconnect).verdict == Verdict::forward);
  CHECK(gateway.connections().empty());
}

TEST_CASE("when the table is full a datagram is dropped by that name") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.connections = {2, 2};
  Gateway gateway(example_cluster(), limits);
  gateway.from_node(query(kAlpha, 700));
  gateway.from_node(query(kAlpha, 701));
  const Outcome out = gateway.from_node(query(kAlpha, 702));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::connection_table_full);
}
