// rsh from a node to the cluster itself: both ends of both connections are nodes, and both use
// privileged ports.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::uint32_t kInitialSequence = 1000;

/// A gateway whose services are beta's alone.
class BetaServes {
 public:
  BetaServes() {
    gateway.change([](switching::ClusterState& state) {
      for (auto& service : state.services) service.nodes = {NodeId(2)};
    });
  }
  /// The first connection, up to the announcement.
  template <std::size_t Size>
  Outcome rsh(Ipv4Address node, std::uint16_t port, const char (&announced)[Size]) {
    const auto client = tcp().from(node, port).to(kCluster, 514);
    gateway.from_node(PacketBuilder(client).syn().seq(kInitialSequence));
    return gateway.from_node(
        PacketBuilder(client).ack(1).seq(kInitialSequence + 1).payload(announced));
  }
  /// The second one, as beta's rshd opens it.
  Outcome back(std::uint16_t from, std::uint16_t to) {
    return gateway.from_node(tcp().from(kBeta, from).to(kCluster, to).syn().seq(5));
  }
  Gateway gateway;
};

}  // namespace

TEST_CASE("rshd's second connection to a node goes through the cluster's address") {
  BetaServes cluster;
  const Outcome first = cluster.rsh(kAlpha, 1023, "1022\0");
  CHECK(first.text == "192.0.2.1:1023 > 10.77.0.12:514 TCP A seq 1001 ack 1 len 5");
  CHECK(payload_of(first.frame) == std::string("1022\0", 5));
  const Outcome second = cluster.back(1021, 1022);
  CHECK(second.text == "192.0.2.1:1021 > 10.77.0.11:1022 TCP S seq 5");
  CHECK(checksums_ok(second.frame));
  const Outcome answer =
      cluster.gateway.from_node(tcp().from(kAlpha, 1022).to(kCluster, 1021).syn().ack(6));
  CHECK(answer.text == "192.0.2.1:1022 > 10.77.0.12:1021 TCP SA seq 0 ack 6");
  CHECK(checksums_ok(answer.frame));
}

TEST_CASE("a second connection with equal ports at both ends is renumbered, both ways") {
  BetaServes cluster;
  cluster.rsh(kAlpha, 1023, "1022\0");
  const Outcome second = cluster.back(1022, 1022);
  CHECK(second.text == "192.0.2.1:1021 > 10.77.0.11:1022 TCP S seq 5");
  CHECK(checksums_ok(second.frame));
  CHECK(cluster.back(1022, 1022).text == second.text);
  const Outcome answer =
      cluster.gateway.from_node(tcp().from(kAlpha, 1022).to(kCluster, 1021).syn().ack(6));
  CHECK(answer.text == "192.0.2.1:1022 > 10.77.0.12:1022 TCP SA seq 0 ack 6");
  CHECK(checksums_ok(answer.frame));
  const Outcome data =
      cluster.gateway.from_node(tcp().from(kBeta, 1022).to(kCluster, 1022).ack(1).payload("err"));
  CHECK(data.text == "192.0.2.1:1021 > 10.77.0.11:1022 TCP A seq 0 ack 1 len 3");
}

TEST_CASE("two nodes that announce one port to the cluster are told apart") {
  BetaServes cluster;
  cluster.rsh(kAlpha, 1023, "1022\0");
  const Outcome gamma = cluster.rsh(kGamma, 1023, "1022\0");
  // Gamma's own port was taken as well: the first connection is shown under another.
  CHECK(gamma.text == "192.0.2.1:1022 > 10.77.0.12:514 TCP A seq 1001 ack 1 len 5");
  CHECK(payload_of(gamma.frame) == std::string("1023\0", 5));
  CHECK(checksums_ok(gamma.frame));
  CHECK(cluster.back(1000, 1023).text == "192.0.2.1:1000 > 10.77.0.13:1022 TCP S seq 5");
  const Outcome answer =
      cluster.gateway.from_node(tcp().from(kGamma, 1022).to(kCluster, 1000).syn().ack(6));
  CHECK(answer.text == "192.0.2.1:1023 > 10.77.0.12:1000 TCP SA seq 0 ack 6");
  CHECK(cluster.back(1000, 1022).packet.node == NodeId(1));
}

TEST_CASE("a node that is served by itself hears its second connection") {
  BetaServes cluster;
  CHECK(cluster.rsh(kBeta, 1023, "1022\0").text ==
        "192.0.2.1:1023 > 10.77.0.12:514 TCP A seq 1001 ack 1 len 5");
  CHECK(cluster.back(1021, 1022).text == "192.0.2.1:1021 > 10.77.0.12:1022 TCP S seq 5");
  CHECK(cluster.gateway.from_node(tcp().from(kBeta, 1022).to(kCluster, 1021).syn().ack(6)).text ==
        "192.0.2.1:1022 > 10.77.0.12:1021 TCP SA seq 0 ack 6");
}

TEST_CASE("a second connection that nobody awaits reaches the gateway's kernel unchanged") {
  BetaServes cluster;
  const Outcome out = cluster.back(1021, 1022);
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "10.77.0.12:1021 > 192.0.2.1:1022 TCP S seq 5");
  CHECK(cluster.gateway.connections().empty());
}

TEST_CASE("the second connection stays open for hours, and ends with its FINs") {
  BetaServes cluster;
  Gateway& gateway = cluster.gateway;
  const auto server = [] { return tcp().from(kBeta, 1022).to(kCluster, 1022); };
  const auto client = [] { return tcp().from(kAlpha, 1022).to(kCluster, 1021); };
  cluster.rsh(kAlpha, 1023, "1022\0");
  cluster.back(1022, 1022);
  gateway.from_node(client().syn().ack());
  gateway.from_node(server().ack());
  gateway.pass(7000);
  CHECK(gateway.from_node(server().ack().payload("late")).packet.node == NodeId(1));
  CHECK(gateway.from_node(client().ack().payload("late")).packet.node == NodeId(2));
  gateway.from_node(server().fin().ack());
  gateway.from_node(client().fin().ack());
  gateway.pass(200);
  CHECK(gateway.connections().size() == 2);  // the first connection's ends
}

TEST_CASE("a server that was renumbered once uses its own port as soon as that is free") {
  BetaServes cluster;
  Gateway& gateway = cluster.gateway;
  const auto second = [](Ipv4Address node) { return tcp().from(node, 1000).to(kCluster, 1022); };
  cluster.rsh(kAlpha, 1023, "1022\0");
  gateway.from_node(second(kBeta).syn());
  cluster.rsh(kAlpha, 1021, "1022\0");
  CHECK(gateway.from_node(second(kGamma).syn()).text ==
        "192.0.2.1:999 > 10.77.0.11:1022 TCP S seq 0");
  gateway.from_node(tcp().from(kAlpha, 1022).to(kCluster, 999).rst());
  gateway.from_node(tcp().from(kAlpha, 1022).to(kCluster, 1000).rst());
  gateway.pass(40);
  cluster.rsh(kAlpha, 1020, "1022\0");
  CHECK(gateway.from_node(second(kGamma).syn()).text ==
        "192.0.2.1:1000 > 10.77.0.11:1022 TCP S seq 0");
  CHECK(gateway.from_node(second(kGamma).ack(1)).text ==
        "192.0.2.1:1000 > 10.77.0.11:1022 TCP A seq 0 ack 1");
}

TEST_CASE("a node's rsh to the cluster and to a remote may announce one port") {
  BetaServes cluster;
  Gateway& gateway = cluster.gateway;
  cluster.rsh(kAlpha, 1023, "1022\0");
  const auto outside = tcp().from(kGamma, 1023).to(kRemote, 514);
  gateway.from_node(PacketBuilder(outside).syn().seq(kInitialSequence));
  const Outcome out =
      gateway.from_node(PacketBuilder(outside).ack(1).seq(kInitialSequence + 1).payload("1022\0"));
  CHECK(payload_of(out.frame) == std::string("1022\0", 5));
  CHECK(gateway.from_remote(tcp().from(kRemote, 9).to(kCluster, 1022).syn()).packet.node ==
        NodeId(3));
  CHECK(cluster.back(1000, 1022).packet.node == NodeId(1));
}

TEST_CASE("rexec to the cluster announces a port of the node's slice") {
  BetaServes cluster;
  Gateway& gateway = cluster.gateway;
  const auto client = tcp().from(kAlpha, kAlphaSlice).to(kCluster, 512);
  gateway.from_node(PacketBuilder(client).syn().seq(kInitialSequence));
  const Outcome first =
      gateway.from_node(PacketBuilder(client).ack(1).seq(kInitialSequence + 1).payload("24577\0"));
  CHECK(payload_of(first.frame) == std::string("24577\0", 6));
  CHECK(cluster.back(kBetaSlice, 24577).text == "192.0.2.1:32768 > 10.77.0.11:24577 TCP S seq 5");
}
