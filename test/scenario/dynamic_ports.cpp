// Class A from outside: a dynamic port's node is arithmetic, and needs no state.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

PacketBuilder segment_to(std::uint16_t port) {
  return tcp().from(kFarRemote, 80).to(kCluster, port);
}

switching::ClusterState denying_cluster() {
  switching::ClusterState state = example_cluster();
  state.networks[0].dynamic_syn = false;
  return state;
}

}  // namespace

TEST_CASE("every dynamic port of TCP and UDP leads to its slice's node") {
  Gateway gateway;
  for (std::uint32_t port = kGatewaySlice; port <= 0xffff; port += 1021) {
    const auto number = static_cast<std::uint16_t>(port);
    const std::uint16_t expected = static_cast<std::uint16_t>((port - kGatewaySlice) / 8192);
    const NodeId node(expected > 3 ? std::uint16_t{0} : expected);
    CHECK(gateway.from_remote(segment_to(number).ack()).packet.node == node);
    CHECK(gateway.from_remote(udp().from(kFarRemote, 53).to(kCluster, number)).packet.node == node);
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("slice boundaries are exact") {
  Gateway gateway;
  const auto node_of = [&](std::uint32_t port) {
    return gateway.from_remote(segment_to(static_cast<std::uint16_t>(port)).ack())
        .packet.node.value();
  };
  CHECK(node_of(kAlphaSlice - 1u) == 0);
  CHECK(node_of(kAlphaSlice) == 1);
  CHECK(node_of(kBetaSlice - 1u) == 1);
  CHECK(node_of(kBetaSlice) == 2);
  CHECK(node_of(kGammaSlice - 1u) == 2);
  CHECK(node_of(kGammaSlice) == 3);
  CHECK(node_of(kGammaSlice + 8191u) == 3);
  CHECK(node_of(kGammaSlice + 8192u) == 0);
}

TEST_CASE("a segment to a node's slice has its address and nothing else changed") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(segment_to(kGammaSlice + 5).seq(9).ack(4).payload("odd"));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "198.51.100.7:80 > 10.77.0.13:40965 TCP A seq 9 ack 4 len 3");
  CHECK(checksums_ok(out.frame));
  const auto& ethernet = *reinterpret_cast<const net::EthernetHeader*>(out.frame.data());
  CHECK(ethernet.source == kInsideMac);
  CHECK(ethernet.destination == mac_of(kGamma));
}

TEST_CASE("a remote may open a connection to a dynamic port where the network allows it") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(segment_to(kBetaSlice + 1).syn());
  CHECK(out.text == "198.51.100.7:80 > 10.77.0.12:32769 TCP S seq 0");
  CHECK(gateway.connections().empty());
}

TEST_CASE("the gateway's slice goes to the local stack") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(segment_to(kGatewaySlice + 7).ack(1));
  CHECK(out.verdict == Verdict::local);
  CHECK(out.packet.origin == Origin::network);
  CHECK(out.text == "198.51.100.7:80 > 192.0.2.1:16391 TCP A seq 0 ack 1");
}

TEST_CASE("a slice without a node goes to the local stack") {
  Gateway gateway;
  gateway.change([](auto& state) { state.nodes.erase(state.nodes.begin()); });
  for (const PacketBuilder& packet :
       {segment_to(kAlphaSlice).ack(), udp().from(kFarRemote, 53).to(kCluster, kAlphaSlice)}) {
    CHECK(gateway.from_remote(packet).verdict == Verdict::local);
  }
  CHECK(gateway.from_remote(segment_to(kGammaSlice).ack()).packet.node == NodeId(3));
}

TEST_CASE("a slice's messages reach a node that is down or draining") {
  Gateway gateway;
  gateway.change([](auto& state) {
    state.nodes[0].up = false;
    state.nodes[1].draining = true;
  });
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).ack()).packet.node == NodeId(1));
  CHECK(gateway.from_remote(segment_to(kBetaSlice).ack()).packet.node == NodeId(2));
}

TEST_CASE("a network that denies SYNs to dynamic ports drops them by name") {
  Gateway gateway(denying_cluster());
  for (const std::uint16_t port : {kGatewaySlice, kAlphaSlice, kGammaSlice}) {
    const Outcome out = gateway.from_remote(segment_to(port).syn());
    CHECK(out.verdict == Verdict::drop);
    CHECK(out.reason == DropReason::dynamic_syn_denied);
  }
}

TEST_CASE("a network that denies SYNs lets answers, data and datagrams through") {
  Gateway gateway(denying_cluster());
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).syn().ack(1)).packet.node == NodeId(1));
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).ack(1).payload("x")).verdict ==
        Verdict::forward);
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).rst()).verdict == Verdict::forward);
  CHECK(gateway.from_remote(udp().from(kFarRemote, 53).to(kCluster, kAlphaSlice)).verdict ==
        Verdict::forward);
}

TEST_CASE("a network that denies SYNs to dynamic ports allows them to services") {
  switching::ClusterState state = denying_cluster();
  state.services.back().port = PortNumber(static_cast<std::uint16_t>(kAlphaSlice + 1));
  Gateway gateway(state);
  CHECK(gateway.from_remote(segment_to(513).syn()).verdict == Verdict::forward);
  CHECK(gateway.from_remote(segment_to(kAlphaSlice + 1).syn()).packet.node == NodeId(2));
}

TEST_CASE("a network that allows SYNs to dynamic ports from some networks drops all others") {
  switching::ClusterState state = denying_cluster();
  state.networks[0].dynamic_syn_from = {{Ipv4Address(198, 51, 100, 0), 29}};
  Gateway gateway(state);
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).syn()).packet.node == NodeId(1));
  for (const Ipv4Address remote : {Ipv4Address(198, 51, 100, 8), kRemote}) {
    const auto segment = tcp().from(remote, 80).to(kCluster, kAlphaSlice);
    CHECK(gateway.from_remote(PacketBuilder(segment).syn()).reason ==
          DropReason::dynamic_syn_denied);
    CHECK(gateway.from_remote(PacketBuilder(segment).syn().ack(1)).verdict == Verdict::forward);
  }
}

TEST_CASE("who may open connections to dynamic ports can change at any time") {
  Gateway gateway(denying_cluster());
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).syn()).verdict == Verdict::drop);
  gateway.change([](auto& state) { state.networks[0].dynamic_syn_from = {{kFarRemote, 32}}; });
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).syn()).verdict == Verdict::forward);
  gateway.change([](auto& state) { state.networks[0].dynamic_syn_from.clear(); });
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).syn()).verdict == Verdict::drop);
}

TEST_CASE("whether SYNs are denied is each network's own") {
  switching::ClusterState state = denying_cluster();
  const Ipv4Address remote(203, 0, 113, 9);
  state.networks.push_back({"lab", {Ipv4Address(203, 0, 113, 1), 24}, kOutsideMac, true});
  state.routes.push_back({{Ipv4Address(203, 0, 113, 1), 24}, 1, std::nullopt});
  Gateway gateway(state);
  const auto syn = tcp().from(remote, 80).to(Ipv4Address(203, 0, 113, 1), kAlphaSlice).syn();
  CHECK(gateway.from_remote(syn, 1).packet.node == NodeId(1));
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).syn()).verdict == Verdict::drop);
}

TEST_CASE("a cluster without slices leaves dynamic ports to the local stack") {
  switching::ClusterState state = example_cluster();
  state.ports.slice_size = 0;
  Gateway gateway(state);
  CHECK(gateway.from_remote(segment_to(kAlphaSlice).ack()).verdict == Verdict::local);
}
