// Class E: TCP connections that nodes open from outside their slices, from privileged ports above
// all. The first SYN claims its 4-tuple.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

/// rlogin from a node to a remote: from a privileged port to 513.
PacketBuilder out_of(Ipv4Address node, std::uint16_t port = 1023) {
  return tcp().from(node, port).to(kRemote, 513);
}
PacketBuilder back_to(std::uint16_t port = 1023) {
  return tcp().from(kRemote, 513).to(kCluster, port);
}

void open(Gateway& gateway, Ipv4Address node, std::uint16_t port = 1023) {
  gateway.from_node(out_of(node, port).syn());
  gateway.from_remote(back_to(port).syn().ack());
  gateway.from_node(out_of(node, port).ack());
}

void close(Gateway& gateway, Ipv4Address node, std::uint16_t port = 1023) {
  gateway.from_node(out_of(node, port).fin().ack());
  gateway.from_remote(back_to(port).fin().ack());
  gateway.from_node(out_of(node, port).ack());
}

}  // namespace

TEST_CASE("a SYN from a privileged port claims its connection and keeps its port") {
  Gateway gateway;
  const Outcome out = gateway.from_node(out_of(kAlpha).syn().seq(5));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 5");
  CHECK(checksums_ok(out.frame));
  const auto connections = gateway.connections();
  REQUIRE(connections.size() == 1);
  CHECK(connections[0].node == 1);
  CHECK(connections[0].cluster_port == 1023);
  CHECK(connections[0].has(switching::connection_flag::opened_by_node));
  CHECK(gateway.counters().claims_granted.value() == 1);
}

TEST_CASE("the remote's answers come back to the node that claimed") {
  Gateway gateway;
  gateway.from_node(out_of(kGamma).syn());
  const Outcome answer = gateway.from_remote(back_to().syn().ack(1).seq(8));
  CHECK(answer.text == "192.0.2.101:513 > 10.77.0.13:1023 TCP SA seq 8 ack 1");
  CHECK(checksums_ok(answer.frame));
  const Outcome data = gateway.from_remote(back_to().ack(1).seq(9).payload("login:"));
  CHECK(data.text == "192.0.2.101:513 > 10.77.0.13:1023 TCP A seq 9 ack 1 len 6");
}

TEST_CASE("a repeated SYN is the same claim") {
  Gateway gateway;
  const Outcome first = gateway.from_node(out_of(kAlpha).syn());
  const Outcome again = gateway.from_node(out_of(kAlpha).syn());
  CHECK(again.text == first.text);
  CHECK(gateway.connections().size() == 1);
  CHECK(gateway.counters().claims_granted.value() == 1);
}

TEST_CASE("nodes use one port at once towards different remotes, or other ports of one") {
  Gateway gateway;
  const Outcome alpha = gateway.from_node(out_of(kAlpha).syn());
  const Outcome beta = gateway.from_node(out_of(kBeta).to(kFarRemote, 513).syn());
  const Outcome gamma = gateway.from_node(out_of(kGamma).to(kRemote, 514).syn());
  CHECK(alpha.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
  CHECK(beta.text == "192.0.2.1:1023 > 198.51.100.7:513 TCP S seq 0");
  CHECK(gamma.text == "192.0.2.1:1023 > 192.0.2.101:514 TCP S seq 0");
  CHECK(gateway.counters().claims_renumbered.value() == 0);
}

TEST_CASE("a port outside all slices is claimed like a privileged one") {
  Gateway gateway;
  for (const int port : {20, 5000, 16383}) {
    const auto number = static_cast<std::uint16_t>(port);
    CHECK(gateway.from_node(out_of(kAlpha, number).syn()).verdict == Verdict::forward);
    CHECK(gateway.from_remote(back_to(number).syn().ack()).packet.node == NodeId(1));
  }
}

TEST_CASE("a segment without a connection is forwarded and leaves no entry") {
  Gateway gateway;
  for (const auto& segment : {out_of(kAlpha).ack(1), out_of(kAlpha).fin().ack(),
                              out_of(kAlpha).rst(), out_of(kAlpha).syn().ack(1)}) {
    CHECK(gateway.from_node(segment).verdict == Verdict::forward);
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("a segment on another node's connection is dropped") {
  Gateway gateway;
  open(gateway, kAlpha);
  for (const auto& segment : {out_of(kBeta).ack(1), out_of(kBeta).fin().ack(), out_of(kBeta).rst(),
                              out_of(kBeta).syn().ack(1)}) {
    const Outcome out = gateway.from_node(segment);
    CHECK(out.verdict == Verdict::drop);
    CHECK(out.reason == DropReason::not_owner);
  }
  CHECK_FALSE(gateway.connections().at(0).has(switching::connection_flag::reset));
}

TEST_CASE("a segment on another node's session from outside is dropped") {
  Gateway gateway;
  gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  const Outcome out = gateway.from_node(tcp().from(kBeta, 513).to(kRemote, 1023).syn().ack(1));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::not_owner);
}

TEST_CASE("a claim that nobody answers expires after a minute") {
  Gateway gateway;
  gateway.from_node(out_of(kAlpha).syn());
  gateway.pass(switching::kEmbryonicLife);
  CHECK(gateway.connections().size() == 1);
  gateway.pass(5);
  CHECK(gateway.connections().empty());
  CHECK(gateway.pipeline().connections().embryonic() == 0);
  const Outcome other = gateway.from_node(out_of(kBeta).syn());
  CHECK(other.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
}

TEST_CASE("repeated SYNs do not prolong an unanswered claim") {
  Gateway gateway;
  for (int i = 0; i < 13; ++i) {
    gateway.from_node(out_of(kAlpha).syn());
    gateway.pass(5);
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("a refused connection frees its port within seconds") {
  Gateway gateway;
  gateway.from_node(out_of(kAlpha).syn());
  gateway.from_remote(back_to().rst().ack(1));
  gateway.pass(switching::kResetLife + 5);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a refused connection can be tried again at once, by its node and by others") {
  for (const Ipv4Address again : {kAlpha, kBeta}) {
    Gateway gateway;
    gateway.from_node(out_of(kAlpha).syn());
    gateway.from_remote(back_to().rst().ack(1));
    gateway.pass(switching::kResetLife - 2);
    CHECK(gateway.from_node(out_of(again).syn().seq(6)).text ==
          "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 6");
    gateway.pass(10);
    CHECK(gateway.from_remote(back_to().syn().ack(7)).packet.node ==
          NodeId(again == kAlpha ? 1 : 2));
  }
}

TEST_CASE("an open connection survives hours of silence, and its data still finds the node") {
  Gateway gateway;
  open(gateway, kAlpha);
  gateway.pass(3 * 3600);
  CHECK(gateway.from_remote(back_to().ack(1).payload("late")).packet.node == NodeId(1));
}

TEST_CASE("half closed, a connection stays for hours in either direction") {
  for (const bool node_first : {false, true}) {
    Gateway gateway;
    open(gateway, kAlpha);
    if (node_first) {
      gateway.from_node(out_of(kAlpha).fin().ack());
    } else {
      gateway.from_remote(back_to().fin().ack());
    }
    gateway.pass(switching::kLingerLife * 10);
    CHECK(gateway.from_remote(back_to().ack(1)).packet.node == NodeId(1));
    CHECK(gateway.from_node(out_of(kAlpha).ack(1)).verdict == Verdict::forward);
    CHECK(gateway.connections().size() == 1);
  }
}

TEST_CASE("after both FINs a connection lingers, then disappears") {
  Gateway gateway;
  open(gateway, kAlpha);
  close(gateway, kAlpha);
  gateway.pass(switching::kLingerLife - 5);
  CHECK(gateway.from_remote(back_to().fin().ack()).packet.node == NodeId(1));
  gateway.pass(switching::kLingerLife + 10);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a claim on a lingering connection is granted to its own node") {
  Gateway gateway;
  open(gateway, kAlpha);
  close(gateway, kAlpha);
  const Outcome out = gateway.from_node(out_of(kAlpha).syn().seq(99));
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 99");
  CHECK(gateway.pipeline().connections().embryonic() == 1);
  gateway.pass(switching::kEmbryonicLife + 5);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a claim on a lingering connection is granted to another node") {
  Gateway gateway;
  open(gateway, kAlpha);
  close(gateway, kAlpha);
  const Outcome out = gateway.from_node(out_of(kBeta).syn());
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.from_remote(back_to().syn().ack()).packet.node == NodeId(2));
  CHECK(gateway.from_node(out_of(kAlpha).ack()).reason == DropReason::not_owner);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a claim on a connection that was reset is granted to another node") {
  Gateway gateway;
  open(gateway, kAlpha);
  gateway.from_node(out_of(kAlpha).rst());
  const Outcome out = gateway.from_node(out_of(kBeta).syn());
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.from_remote(back_to().syn().ack()).packet.node == NodeId(2));
}

TEST_CASE("a blind RST from outside cuts no connection that a node opened") {
  Gateway gateway;
  open(gateway, kAlpha);
  gateway.from_remote(back_to().rst());
  const Extras probes = gateway.pass(switching::kResetLife + 5);
  REQUIRE(probes.size() == 1);
  CHECK(probes[0].packet.node == NodeId(1));
  CHECK(probes[0].egress == kInterconnect);
  CHECK(checksums_ok(probes[0].frame));
  gateway.from_node(out_of(kAlpha).ack());
  gateway.pass(3600);
  CHECK(gateway.from_remote(back_to().ack().payload("still there")).packet.node == NodeId(1));
}

TEST_CASE("the table of connections being full is told to the node by a RST") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.connections = {4, 1024};
  Gateway gateway(example_cluster(), limits);
  std::uint16_t port = 1023;
  for (; port > 1019; --port) {
    CHECK(gateway.from_node(out_of(kAlpha, port).syn()).verdict == Verdict::forward);
  }
  const Outcome out = gateway.from_node(out_of(kAlpha, port).syn().seq(6));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::connection_table_full);
  CHECK(out.text == "192.0.2.101:513 > 10.77.0.11:1019 TCP RA seq 0 ack 7");
}

TEST_CASE("unanswered claims are bounded apart, and their answers make room") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.connections = {1000, 2};
  Gateway gateway(example_cluster(), limits);
  gateway.from_node(out_of(kAlpha, 1023).syn());
  gateway.from_node(out_of(kAlpha, 1022).syn());
  const Outcome out = gateway.from_node(out_of(kAlpha, 1021).syn());
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::embryonic_full);
  gateway.from_remote(back_to(1023).syn().ack());
  CHECK(gateway.from_node(out_of(kAlpha, 1021).syn()).verdict == Verdict::forward);
}

TEST_CASE("a SYN to a node's claimed port from elsewhere is the gateway's own") {
  Gateway gateway;
  open(gateway, kAlpha);
  const Outcome out = gateway.from_remote(tcp().from(kRemote, 40000).to(kCluster, 1023).syn());
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "192.0.2.101:40000 > 192.0.2.1:1023 TCP S seq 0");
}

TEST_CASE("a service port may be a client's own port, if its connection is unique") {
  Gateway gateway;
  const Outcome out = gateway.from_node(out_of(kAlpha, 513).syn());
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.from_remote(back_to(513).syn().ack()).packet.node == NodeId(1));
}

TEST_CASE("a node that was removed holds no claims against others") {
  Gateway gateway;
  gateway.from_node(udp().from(kGamma, 700).to(kRemote, 111));
  open(gateway, kGamma);
  gateway.change([](switching::ClusterState& state) { state.nodes.pop_back(); });
  CHECK(gateway.from_node(out_of(kAlpha).syn()).text ==
        "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.from_node(udp().from(kAlpha, 700).to(kRemote, 111)).verdict == Verdict::forward);
  CHECK(gateway.connections().size() == 2);
}

TEST_CASE("a simulated claim changes nothing") {
  Gateway gateway;
  const Outcome out = gateway.simulate(out_of(kAlpha).syn(), Origin::interconnect);
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.connections().empty());
  open(gateway, kAlpha);
  close(gateway, kAlpha);
  gateway.simulate(out_of(kBeta).syn(), Origin::interconnect);
  CHECK(gateway.connections().at(0).node == 1);
}
