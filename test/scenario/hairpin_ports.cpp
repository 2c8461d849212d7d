// Hairpins between ports of every kind: privileged, services', and those of slices.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

/// rlogin from alpha to the cluster: from a privileged port.
PacketBuilder rlogin(std::uint16_t port = 1023) {
  return tcp().from(kAlpha, port).to(kCluster, 513);
}

constexpr auto only = [](NodeId node) {
  return [node](switching::ClusterState& state) {
    for (auto& service : state.services) {
      if (!service.plugin.empty()) service.nodes = {node};
    }
  };
};

}  // namespace

TEST_CASE("two nodes log in to the cluster from one port: the second is renumbered both ways") {
  Gateway gateway;
  gateway.change(only(NodeId(3)));
  gateway.from_node(rlogin().syn());
  const Outcome second = gateway.from_node(tcp().from(kBeta, 1023).to(kCluster, 513).syn());
  CHECK(second.text == "192.0.2.1:1022 > 10.77.0.13:513 TCP S seq 0");
  CHECK(checksums_ok(second.frame));
  const Outcome to_beta =
      gateway.from_node(tcp().from(kGamma, 513).to(kCluster, 1022).syn().ack(1));
  CHECK(to_beta.text == "192.0.2.1:513 > 10.77.0.12:1023 TCP SA seq 0 ack 1");
  CHECK(checksums_ok(to_beta.frame));
  CHECK(gateway.from_node(tcp().from(kGamma, 513).to(kCluster, 1023).syn().ack(1)).packet.node ==
        NodeId(1));
  CHECK(gateway.from_node(tcp().from(kBeta, 1023).to(kCluster, 513).ack(1)).text ==
        "192.0.2.1:1022 > 10.77.0.13:513 TCP A seq 0 ack 1");
}

TEST_CASE("a renumbered node's segment without a session is reset at its own port") {
  Gateway gateway;
  gateway.change(only(NodeId(3)));
  gateway.from_node(rlogin().syn());
  gateway.from_node(tcp().from(kBeta, 1023).to(kCluster, 513).syn());
  gateway.execute({0, switching::RemoveConnection{{kCluster, PortNumber(std::uint16_t{1022}),
                                                   PortNumber(std::uint16_t{513})}}});
  const Outcome out = gateway.from_node(tcp().from(kBeta, 1023).to(kCluster, 513).ack(9));
  CHECK(out.text == "192.0.2.1:513 > 10.77.0.12:1023 TCP R seq 9");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("the port that a node was shown by once does not lead its segments to the kernel") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  const auto from_alpha = [](std::uint16_t port) {
    return tcp().from(kAlpha, 514).to(kCluster, port);
  };
  for (std::uint16_t port = 900; port < 940; ++port) {
    gateway.from_node(tcp().from(kGamma, port).to(kCluster, 514).syn());
    gateway.from_node(tcp().from(kBeta, 514).to(kCluster, port).syn().ack(1));
    gateway.from_node(tcp().from(kGamma, port).to(kCluster, 514).ack(1));
    // Towards this port 514 is beta's.
    REQUIRE(gateway.from_node(from_alpha(port).syn()).text.starts_with("192.0.2.1:1023 >"));
  }
  // Alpha's connections are over now, of which some aliases were looked at before and are left.
  gateway.skip(60);
  gateway.pass(4);
  for (std::uint16_t port = 900; port < 940; ++port) {
    CHECK(gateway.from_node(from_alpha(port).ack(9)).reason == DropReason::not_owner);
  }
}

TEST_CASE("equal ports at both ends of a hairpin are renumbered: one key would be two ends") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  const Outcome out = gateway.from_node(rlogin(513).syn());
  CHECK(out.text == "192.0.2.1:1023 > 10.77.0.12:513 TCP S seq 0");
  CHECK(gateway.from_node(tcp().from(kBeta, 513).to(kCluster, 1023).syn().ack(1)).text ==
        "192.0.2.1:513 > 10.77.0.11:513 TCP SA seq 0 ack 1");
}

TEST_CASE("a node reaches a single-instance service on another node") {
  Gateway gateway;
  const Outcome out = gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(kCluster, 5432).syn());
  CHECK(out.text == "192.0.2.1:24576 > 10.77.0.12:5432 TCP S seq 0");
  CHECK(gateway.from_node(tcp().from(kBeta, 5432).to(kCluster, kAlphaSlice).syn().ack(1)).text ==
        "192.0.2.1:5432 > 10.77.0.11:24576 TCP SA seq 0 ack 1");
  CHECK(gateway.connections().empty());
}

TEST_CASE("a node reaches a single-instance service from a privileged port") {
  Gateway gateway;
  gateway.from_node(tcp().from(kAlpha, 1000).to(kCluster, 5432).syn());
  const Outcome back = gateway.from_node(tcp().from(kBeta, 5432).to(kCluster, 1000).syn().ack(1));
  CHECK(back.text == "192.0.2.1:5432 > 10.77.0.11:1000 TCP SA seq 0 ack 1");
}

TEST_CASE("a node reaches another node's slice, by TCP and UDP, whatever dynamic_syn says") {
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) { state.networks[0].dynamic_syn = false; });
  CHECK(gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(kCluster, kBetaSlice).syn()).text ==
        "192.0.2.1:24576 > 10.77.0.12:32768 TCP S seq 0");
  CHECK(gateway.from_node(udp().from(kBeta, kBetaSlice).to(kCluster, kAlphaSlice)).text ==
        "192.0.2.1:32768 > 10.77.0.11:24576 UDP len 0");
}

TEST_CASE("datagrams between privileged ports of nodes find their way back") {
  Gateway gateway;
  gateway.from_node(udp().from(kAlpha, 700).to(kCluster, kBetaSlice).payload("call"));
  const Outcome back =
      gateway.from_node(udp().from(kBeta, kBetaSlice).to(kCluster, 700).payload("reply"));
  CHECK(back.text == "192.0.2.1:32768 > 10.77.0.11:700 UDP len 5");
  CHECK(checksums_ok(back.frame));
}

TEST_CASE("a hairpin from another node's slice is refused by a RST") {
  Gateway gateway;
  const Outcome out = gateway.from_node(rlogin(kBetaSlice).syn());
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::foreign_slice);
  CHECK(out.text == "192.0.2.1:513 > 10.77.0.11:32768 TCP RA seq 0 ack 1");
}
