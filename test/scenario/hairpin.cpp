// A node addresses the cluster itself: what it sends goes out and in again without leaving.
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

const net::EthernetHeader& ethernet_of(const Outcome& out) {
  return *reinterpret_cast<const net::EthernetHeader*>(out.frame.data());
}

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

TEST_CASE("a node's login to the cluster reaches a node, from the cluster's address") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  const Outcome out = gateway.from_node(rlogin().syn().seq(4));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "192.0.2.1:1023 > 10.77.0.12:513 TCP S seq 4");
  CHECK(checksums_ok(out.frame));
  CHECK(ethernet_of(out).source == kInsideMac);
  CHECK(ethernet_of(out).destination == mac_of(kBeta));
}

TEST_CASE("the serving node's answer reaches the client from the cluster's address") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  gateway.from_node(rlogin().syn());
  const Outcome out =
      gateway.from_node(tcp().from(kBeta, 513).to(kCluster, 1023).syn().ack(1).seq(8));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1:513 > 10.77.0.11:1023 TCP SA seq 8 ack 1");
  CHECK(checksums_ok(out.frame));
  CHECK(ethernet_of(out).destination == mac_of(kAlpha));
}

TEST_CASE("both ends of a hairpin are followed to their end") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  const auto from_server = [] { return tcp().from(kBeta, 513).to(kCluster, 1023); };
  gateway.from_node(rlogin().syn());
  gateway.from_node(from_server().syn().ack());
  gateway.from_node(rlogin().ack());
  CHECK(gateway.connections().size() == 2);
  CHECK(gateway.pipeline().connections().embryonic() == 0);
  gateway.pass(7000);
  CHECK(gateway.from_node(rlogin().ack().payload("x")).packet.node == NodeId(2));
  CHECK(gateway.from_node(from_server().ack().payload("y")).packet.node == NodeId(1));
  gateway.from_node(rlogin().fin().ack());
  gateway.from_node(from_server().fin().ack());
  gateway.pass(130);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a node may be served by itself, and still sees the cluster's address") {
  Gateway gateway;
  gateway.change(only(NodeId(1)));
  CHECK(gateway.from_node(rlogin().syn()).text == "192.0.2.1:1023 > 10.77.0.11:513 TCP S seq 0");
  CHECK(gateway.from_node(tcp().from(kAlpha, 513).to(kCluster, 1023).syn().ack(1)).text ==
        "192.0.2.1:513 > 10.77.0.11:1023 TCP SA seq 0 ack 1");
}

TEST_CASE("a hairpin from a slice needs one entry only: the serving end's") {
  Gateway gateway;
  gateway.change(only(NodeId(3)));
  CHECK(gateway.from_node(rlogin(kAlphaSlice).syn()).text ==
        "192.0.2.1:24576 > 10.77.0.13:513 TCP S seq 0");
  CHECK(gateway.connections().size() == 1);
  CHECK(gateway.from_node(tcp().from(kGamma, 513).to(kCluster, kAlphaSlice).syn().ack(1)).text ==
        "192.0.2.1:513 > 10.77.0.11:24576 TCP SA seq 0 ack 1");
}

TEST_CASE("nodes' logins are spread like remotes'") {
  Gateway gateway;
  std::string nodes;
  for (std::uint16_t port = 1018; port < 1024; ++port) {
    nodes += std::to_string(gateway.from_node(rlogin(port).syn()).packet.node.value());
  }
  CHECK(nodes == "123123");
}

TEST_CASE("a node's login is never scheduled on the gateway, though that is a candidate") {
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) {
    for (auto& service : state.services) service.nodes = {kGateway, NodeId(2)};
  });
  for (std::uint16_t port = 1014; port < 1024; ++port) {
    CHECK(gateway.from_node(rlogin(port).syn()).packet.node == NodeId(2));
  }
}

TEST_CASE("a node's login where only the gateway serves is refused by a RST from the cluster") {
  Gateway gateway;
  gateway.change(only(kGateway));
  const Outcome out = gateway.from_node(rlogin().syn().seq(4));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::no_node);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "192.0.2.1:513 > 10.77.0.11:1023 TCP RA seq 0 ack 5");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("a segment without a session is answered by a RST to the node's own address and port") {
  Gateway gateway;
  const Outcome out = gateway.from_node(rlogin().ack(55).payload("x"));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::no_connection);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "192.0.2.1:513 > 10.77.0.11:1023 TCP R seq 55");
  CHECK(checksums_ok(out.frame));
  CHECK(ethernet_of(out).source == kInsideMac);
  CHECK(ethernet_of(out).destination == mac_of(kAlpha));
}

TEST_CASE("what is the gateway's own reaches its kernel unchanged") {
  Gateway gateway;
  for (const auto& packet : {tcp().from(kAlpha, kAlphaSlice).to(kCluster, 80).syn(),
                             tcp().from(kAlpha, 1023).to(kCluster, 80).syn(),
                             tcp().from(kAlpha, kAlphaSlice).to(kCluster, kGatewaySlice).syn(),
                             udp().from(kAlpha, kAlphaSlice).to(kCluster, 53).payload("q"),
                             udp().from(kAlpha, 700).to(kCluster, 111).payload("q"),
                             icmp_echo_request().from(kAlpha).to(kCluster).identifier(9)}) {
    const Frame sent = packet.build();
    const Outcome out = gateway.from_node(packet);
    CHECK(out.verdict == Verdict::local);
    CHECK(out.packet.origin == Origin::interconnect);
    CHECK(out.text == describe(sent.bytes()));
    CHECK(std::equal(out.frame.begin() + 14, out.frame.end(), sent.bytes().begin() + 14));
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("a service that is configured on the gateway alone is its kernel's, unchanged") {
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) { state.services.back().node = kGateway; });
  const Outcome out = gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(kCluster, 5432).syn());
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "10.77.0.11:24576 > 192.0.2.1:5432 TCP S seq 0");
}

TEST_CASE("what a node sends to the gateway's inside address reaches its kernel unchanged") {
  Gateway gateway;
  const Outcome out = gateway.from_node(tcp().from(kAlpha, 1023).to(kInside, 7077).syn());
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "10.77.0.11:1023 > 10.77.0.1:7077 TCP S seq 0");
}

TEST_CASE("a node's new logins avoid a node that is down, and its sessions stay") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  gateway.from_node(rlogin(1023).syn());
  gateway.change([](switching::ClusterState& state) {
    state.nodes[1].up = false;
    for (auto& service : state.services) service.nodes.clear();
  });
  CHECK(gateway.from_node(rlogin(1023).ack(1)).packet.node == NodeId(2));
  for (std::uint16_t port = 1000; port < 1004; ++port) {
    CHECK(gateway.from_node(rlogin(port).syn()).packet.node != NodeId(2));
  }
}

TEST_CASE("a node whose MAC address is unknown is asked for, and the packet waits") {
  Gateway gateway;
  gateway.change(only(NodeId(3)));
  gateway.change([](switching::ClusterState& state) {
    std::erase_if(state.neighbours, [](const auto& known) { return known.address == kGamma; });
  });
  CHECK(gateway.from_node(rlogin().syn()).verdict == Verdict::hold);
  REQUIRE_FALSE(gateway.events().empty());
  CHECK(std::get<switching::ResolveNextHop>(gateway.events().back()).egress == kInterconnect);
  gateway.change([](switching::ClusterState& state) {
    state.neighbours.push_back({kInterconnect, kGamma, mac_of(kGamma)});
  });
  const Extras sent = gateway.pass(1);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].text == "192.0.2.1:1023 > 10.77.0.13:513 TCP S seq 0");
}

TEST_CASE("a node that addresses the cluster's other address is seen under that") {
  constexpr Ipv4Address kOther{203, 0, 113, 1};
  Gateway gateway;
  gateway.change([&](switching::ClusterState& state) {
    state.networks.push_back({"backbone", {kOther, 24}, {2, 0, 0, 0, 0, 3}, true});
  });
  gateway.change(only(NodeId(2)));
  CHECK(gateway.from_node(rlogin().to(kOther, 513).syn()).text ==
        "203.0.113.1:1023 > 10.77.0.12:513 TCP S seq 0");
  CHECK(gateway.from_node(tcp().from(kBeta, 513).to(kOther, 1023).syn().ack(1)).text ==
        "203.0.113.1:513 > 10.77.0.11:1023 TCP SA seq 0 ack 1");
}

TEST_CASE("a reset ends both ends of a hairpin") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  gateway.from_node(rlogin().syn());
  gateway.from_node(tcp().from(kBeta, 513).to(kCluster, 1023).rst().ack(1));
  gateway.pass(60);
  CHECK(gateway.connections().empty());
  CHECK(gateway.from_node(tcp().from(kGamma, 1023).to(kCluster, 513).syn()).text ==
        "192.0.2.1:1023 > 10.77.0.12:513 TCP S seq 0");
}

TEST_CASE("a silent hairpin's both ends are asked, each in the other's name") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  gateway.from_node(rlogin().syn());
  gateway.from_node(tcp().from(kBeta, 513).to(kCluster, 1023).syn().ack());
  gateway.from_node(rlogin().ack());
  std::string asked;
  for (const Outcome& probe : gateway.pass(7220)) {
    asked += probe.text.substr(0, probe.text.find(" TCP")) + "\n";
    CHECK(probe.verdict == Verdict::forward);
    CHECK(checksums_ok(probe.frame));
  }
  CHECK(asked.find("192.0.2.1:1023 > 10.77.0.12:513") != std::string::npos);
  CHECK(asked.find("192.0.2.1:513 > 10.77.0.11:1023") != std::string::npos);
}

TEST_CASE("a simulated hairpin shows the whole way and leaves no trace") {
  Gateway gateway;
  gateway.change(only(NodeId(2)));
  const Outcome out = gateway.simulate(rlogin().syn(), Origin::interconnect);
  CHECK(out.text == "192.0.2.1:1023 > 10.77.0.12:513 TCP S seq 0");
  CHECK(gateway.connections().empty());
}
