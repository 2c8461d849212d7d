// Class C: services on one node; and what belongs to no service: the gateway's own kernel.
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

ServiceConfig service_on(NodeId node, std::uint16_t port, Protocol protocol = Protocol::tcp) {
  ServiceConfig service;
  service.name = "service" + std::to_string(port);
  service.protocol = protocol;
  service.port = PortNumber(port);
  service.node = node;
  return service;
}

switching::ClusterState cluster_with(const ServiceConfig& service) {
  switching::ClusterState state = example_cluster();
  state.services.push_back(service);
  return state;
}

const net::EthernetHeader& ethernet_of(const Outcome& out) {
  return *reinterpret_cast<const net::EthernetHeader*>(out.frame.data());
}

}  // namespace

TEST_CASE("a service on one node gets every segment to its port, without state") {
  Gateway gateway;
  for (const auto& segment : {tcp().syn(), tcp().ack(1).payload("select"), tcp().rst()}) {
    const Outcome out =
        gateway.from_remote(PacketBuilder(segment).from(kRemote, 40000).to(kCluster, 5432));
    CHECK(out.verdict == Verdict::forward);
    CHECK(out.packet.destination == kBeta);
    CHECK(checksums_ok(out.frame));
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("a service's answers leave under the cluster's address") {
  Gateway gateway;
  const Outcome out = gateway.from_node(tcp().from(kBeta, 5432).to(kRemote, 40000).syn().ack(1));
  CHECK(out.text == "192.0.2.1:5432 > 192.0.2.101:40000 TCP SA seq 0 ack 1");
}

TEST_CASE("a service inside another node's slice wins over the slice") {
  const std::uint16_t port = kAlphaSlice + 100;
  Gateway gateway(cluster_with(service_on(NodeId(3), port)));
  const auto node_of = [&](std::uint32_t number) {
    return gateway
        .from_remote(
            tcp().from(kRemote, 40000).to(kCluster, static_cast<std::uint16_t>(number)).syn())
        .packet.node;
  };
  CHECK(node_of(port - 1u) == NodeId(1));
  CHECK(node_of(port) == NodeId(3));
  CHECK(node_of(port + 1u) == NodeId(1));
}

TEST_CASE("a service of one protocol does not take the other's port") {
  const std::uint16_t port = kAlphaSlice + 100;
  Gateway gateway(cluster_with(service_on(NodeId(3), port, Protocol::udp)));
  CHECK(gateway.from_remote(udp().from(kRemote, 40000).to(kCluster, port)).packet.node ==
        NodeId(3));
  CHECK(gateway.from_remote(tcp().from(kRemote, 40000).to(kCluster, port).ack()).packet.node ==
        NodeId(1));
}

TEST_CASE("a service of the gateway goes to the local stack, in a node's slice too") {
  const std::uint16_t port = kBetaSlice + 5;
  Gateway gateway(cluster_with(service_on(kGateway, port)));
  const Outcome out = gateway.from_remote(tcp().from(kRemote, 40000).to(kCluster, port).syn());
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "192.0.2.101:40000 > 192.0.2.1:32773 TCP S seq 0");
  const Outcome answer =
      gateway.from_kernel(tcp().from(kCluster, port).to(kRemote, 40000).syn().ack(1));
  CHECK(answer.verdict == Verdict::forward);
}

TEST_CASE("a service on a node that is down still leads to it") {
  Gateway gateway;
  gateway.change([](auto& state) { state.nodes[1].up = false; });
  CHECK(gateway.from_remote(tcp().from(kRemote, 40000).to(kCluster, 5432).syn()).packet.node ==
        NodeId(2));
}

TEST_CASE("a service may be on one network alone") {
  ServiceConfig service = service_on(NodeId(1), 8080);
  service.network = NetworkIndex{1};
  switching::ClusterState state = cluster_with(service);
  const Ipv4Address lab(203, 0, 113, 1);
  state.networks.push_back({"lab", {lab, 24}, kOutsideMac, true});
  state.routes.push_back({{lab, 24}, 1, std::nullopt});
  Gateway gateway(state);
  const auto from_lab = tcp().from(Ipv4Address(203, 0, 113, 9), 40000).to(lab, 8080).syn();
  CHECK(gateway.from_remote(from_lab, 1).packet.node == NodeId(1));
  CHECK(gateway.from_remote(tcp().from(kRemote, 40000).to(kCluster, 8080).syn()).verdict ==
        Verdict::local);
}

TEST_CASE("UDP and TCP to ports that nobody has go to the local stack as they came") {
  Gateway gateway;
  for (const PacketBuilder& packet : {udp().from(kRemote, 40000).to(kCluster, 161).payload("get"),
                                      tcp().from(kRemote, 40000).to(kCluster, 8080).syn(),
                                      tcp().from(kRemote, 40000).to(kCluster, 8080).rst()}) {
    const Outcome out = gateway.from_remote(packet);
    CHECK(out.verdict == Verdict::local);
    CHECK(out.packet.origin == Origin::network);
    CHECK(out.packet.destination == kCluster);
    CHECK(ethernet_of(out).destination == kOutsideMac);
    CHECK(ethernet_of(out).source == mac_of(kRouter));
    CHECK(checksums_ok(out.frame));
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("ICMP of any type to the cluster goes to the local stack") {
  Gateway gateway;
  const Frame quoted = tcp().from(kCluster, 5000).to(kRemote, 80).syn().build();
  for (const PacketBuilder& packet :
       {icmp_echo_request().identifier(5).payload("ping"), icmp_echo_reply().identifier(5),
        icmp(13), icmp(255, 255), icmp_error(3, 3, quoted)}) {
    const Outcome out = gateway.from_remote(PacketBuilder(packet).from(kRemote).to(kCluster));
    CHECK(out.verdict == Verdict::local);
    CHECK(out.packet.destination == kCluster);
    CHECK(checksums_ok(out.frame));
  }
}

TEST_CASE("other protocols to the cluster go to the local stack") {
  Gateway gateway;
  for (const std::uint8_t protocol : {std::uint8_t{2}, std::uint8_t{47}, std::uint8_t{89},
                                      std::uint8_t{112}, std::uint8_t{255}}) {
    CHECK(gateway.from_remote(other_protocol(protocol).from(kRemote).to(kCluster)).verdict ==
          Verdict::local);
  }
}

TEST_CASE("broadcast and multicast go to the local stack, whatever their port") {
  Gateway gateway;
  const MacAddress broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const MacAddress multicast{0x01, 0, 0x5e, 0, 0, 0x12};
  for (const Ipv4Address address : {Ipv4Address(255, 255, 255, 255), Ipv4Address(192, 0, 2, 255)}) {
    for (const std::uint16_t port : {std::uint16_t{513}, kAlphaSlice}) {
      Frame frame =
          udp().from(kRemote, 5).to(address, port).macs(mac_of(kRemote), broadcast).build();
      CHECK(gateway.receive(std::move(frame), Origin::network).verdict == Verdict::local);
    }
  }
  Frame vrrp = other_protocol(112)
                   .from(kRemote)
                   .to(Ipv4Address(224, 0, 0, 18))
                   .macs(mac_of(kRemote), multicast)
                   .build();
  CHECK(gateway.receive(std::move(vrrp), Origin::network).verdict == Verdict::local);
}

TEST_CASE("TCP to a group is never scheduled") {
  Gateway gateway;
  const Outcome out =
      gateway.from_remote(tcp().from(kRemote, 1023).to(Ipv4Address(192, 0, 2, 255), 513).syn());
  CHECK(out.verdict == Verdict::local);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a cluster address on a network of two hosts or one is no broadcast address") {
  for (const std::uint8_t length : {std::uint8_t{31}, std::uint8_t{32}}) {
    switching::ClusterState state = example_cluster();
    state.networks[0].address.length = length;
    Gateway gateway(state);
    CHECK(gateway.from_remote(tcp().from(kFarRemote, 1023).to(kCluster, 513).syn()).packet.node ==
          NodeId(1));
  }
}
