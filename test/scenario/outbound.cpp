// Class A: what nodes send from their slices of the dynamic ports, and what they may not send.
#include <catch2/catch.hpp>
#include <cstring>

#include "net/headers.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

const net::EthernetHeader& ethernet_of(const Outcome& out) {
  return *reinterpret_cast<const net::EthernetHeader*>(out.frame.data());
}

std::uint16_t udp_checksum_of(const Frame& frame) {
  net::UdpHeader udp;
  std::memcpy(&udp, frame.bytes().data() + 34, sizeof udp);
  return udp.checksum.host();
}

std::uint16_t udp_checksum_of(const Outcome& out) { return udp_checksum_of(Frame(out.frame, 0)); }

PacketBuilder from_alpha() { return tcp().from(kAlpha, kAlphaSlice).to(kRemote, 80).syn(); }

}  // namespace

TEST_CASE("a node's TCP connection from its slice leaves under the cluster's address") {
  Gateway gateway;
  const Outcome out = gateway.from_node(from_alpha().seq(3));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == 0);
  CHECK(out.text == "192.0.2.1:24576 > 192.0.2.101:80 TCP S seq 3");
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.connections().empty());
}

TEST_CASE("the answer goes to the node whose slice holds the port, without any state") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(
      tcp().from(kRemote, 80).to(kCluster, kAlphaSlice).syn().ack(4).payload("odd"));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "192.0.2.101:80 > 10.77.0.11:24576 TCP SA seq 0 ack 4 len 3");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("the first and the last port of a slice are its node's") {
  Gateway gateway;
  for (const std::uint16_t port : {kBetaSlice, static_cast<std::uint16_t>(kGammaSlice - 1)}) {
    const auto out = gateway.from_node(tcp().from(kBeta, port).to(kRemote, 80).syn());
    CHECK(out.verdict == Verdict::forward);
    const auto back = gateway.from_remote(udp().from(kRemote, 80).to(kCluster, port));
    CHECK(back.packet.node == NodeId(2));
  }
}

TEST_CASE("a node's datagram from its slice leaves under the cluster's address") {
  Gateway gateway;
  const Outcome out =
      gateway.from_node(udp().from(kGamma, kGammaSlice).to(kRemote, 53).payload("query"));
  CHECK(out.text == "192.0.2.1:40960 > 192.0.2.101:53 UDP len 5");
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.connections().empty());
}

TEST_CASE("a datagram without checksum stays without") {
  Gateway gateway;
  const Outcome out = gateway.from_node(
      udp().from(kAlpha, kAlphaSlice).to(kRemote, 53).payload("query").no_udp_checksum());
  CHECK(out.verdict == Verdict::forward);
  CHECK(udp_checksum_of(out) == 0);
}

TEST_CASE("a checksum that is computed to be zero leaves as all ones") {
  Gateway gateway;
  int computed_zero = 0;
  for (std::uint32_t word = 0; word <= 0xffff; ++word) {
    const std::array payload{std::byte(word >> 8), std::byte(word)};
    const auto datagram = udp().from(kAlpha, kAlphaSlice).to(kRemote, 53).payload(payload);
    const auto expected =
        udp().from(kCluster, kAlphaSlice).to(kRemote, 53).payload(payload).build();
    if (udp_checksum_of(expected) != 0xffff) continue;
    ++computed_zero;
    const Outcome out = gateway.from_node(datagram);
    CHECK(udp_checksum_of(out) == 0xffff);
    CHECK(checksums_ok(out.frame));
  }
  CHECK(computed_zero == 1);
}

TEST_CASE("a corrupt segment of a node stays corrupt") {
  Gateway gateway;
  const Outcome out = gateway.from_node(from_alpha().corrupt_checksum());
  CHECK(out.verdict == Verdict::forward);
  CHECK_FALSE(checksums_ok(out.frame));
}

TEST_CASE("hops to live, TCP options and payload are left alone") {
  Gateway gateway;
  const auto builder = [](Ipv4Address source) {
    return tcp()
        .from(source, kAlphaSlice)
        .to(kRemote, 80)
        .ack(1)
        .time_to_live(1)
        .dont_fragment()
        .ip_options({148, 4, 0, 0})  // router alert
        .tcp_options({8, 10, 0, 0, 0, 1, 0, 0, 0, 2})
        .payload("data")
        .macs(kOutsideMac, mac_of(kRemote));
  };
  const Outcome out = gateway.from_node(builder(kAlpha));
  const Frame expected = builder(kCluster).build();
  CHECK(std::equal(out.frame.begin(), out.frame.end(), expected.bytes().begin(),
                   expected.bytes().end()));
}

TEST_CASE("a remote on the network itself is reached by its own MAC address") {
  Gateway gateway;
  const Outcome out = gateway.from_node(from_alpha());
  CHECK(ethernet_of(out).source == kOutsideMac);
  CHECK(ethernet_of(out).destination == mac_of(kRemote));
}

TEST_CASE("a remote behind a router is reached by the router's MAC address") {
  Gateway gateway;
  const Outcome out = gateway.from_node(from_alpha().to(kFarRemote, 80));
  CHECK(out.packet.next_hop == kRouter);
  CHECK(ethernet_of(out).destination == mac_of(kRouter));
}

TEST_CASE("the longest route decides, and names the next hop") {
  constexpr Ipv4Address kOther{192, 0, 2, 253};
  Gateway gateway;
  gateway.change([&](switching::ClusterState& state) {
    state.routes.push_back({{Ipv4Address(198, 51, 100, 0), 24}, 0, kOther});
    state.neighbours.push_back({0, kOther, mac_of(kOther)});
  });
  const Outcome out = gateway.from_node(from_alpha().to(kFarRemote, 80));
  CHECK(ethernet_of(out).destination == mac_of(kOther));
}

TEST_CASE("without a route a packet is dropped by that name") {
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) { state.routes.pop_back(); });
  const Outcome out = gateway.from_node(from_alpha().to(kFarRemote, 80));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::no_route);
}

TEST_CASE("nobody asks for the MAC address of a network's broadcast address") {
  Gateway gateway;
  const Outcome out =
      gateway.from_node(udp().from(kAlpha, kAlphaSlice).to(Ipv4Address(192, 0, 2, 255), 9));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::no_route);
  CHECK(gateway.events().empty());
}

TEST_CASE("a cluster address without a network of its own is no broadcast address") {
  for (const int length : {31, 32}) {
    switching::ClusterState state = example_cluster();
    state.networks[0].address.length = static_cast<std::uint8_t>(length);
    Gateway gateway(state);
    const auto login = tcp().from(kFarRemote, 1023).to(kCluster, 513).syn();
    CHECK(gateway.from_remote(login).verdict == Verdict::forward);
    CHECK(gateway.from_kernel(tcp().from(kCluster, 1023).to(kFarRemote, 513).syn()).verdict ==
          Verdict::forward);
    CHECK(gateway.connections().size() == 2);
  }
}

TEST_CASE("a packet to an unresolved remote waits, and leaves complete once it is resolved") {
  constexpr Ipv4Address kNew{192, 0, 2, 7};
  Gateway gateway;
  CHECK(gateway.from_node(from_alpha().to(kNew, 80)).verdict == Verdict::hold);
  REQUIRE(gateway.events().size() == 1);
  CHECK(std::get<switching::ResolveNextHop>(gateway.events()[0]).address == kNew);
  gateway.change([&](switching::ClusterState& state) {
    state.neighbours.push_back({0, kNew, mac_of(kNew)});
  });
  const Extras sent = gateway.pass(1);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].text == "192.0.2.1:24576 > 192.0.2.7:80 TCP S seq 0");
  CHECK(ethernet_of(sent[0]).destination == mac_of(kNew));
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("only what nodes and the cluster speak leaves: other protocols are dropped by name") {
  Gateway gateway;
  for (const int protocol : {2, 41, 47, 50, 89, 112, 132, 255}) {
    const Outcome out = gateway.from_node(other_protocol(static_cast<std::uint8_t>(protocol))
                                              .from(kAlpha)
                                              .to(kRemote)
                                              .payload("12345678"));
    CHECK(out.verdict == Verdict::drop);
    CHECK(out.reason == DropReason::protocol);
  }
}

TEST_CASE("a node's ICMP message that is neither echo nor error is dropped") {
  Gateway gateway;
  for (const int type : {1, 4, 5, 9, 10, 13, 15, 17, 42, 255}) {
    const Outcome out = gateway.from_node(
        icmp(static_cast<std::uint8_t>(type)).from(kAlpha).to(kRemote).payload("x"));
    CHECK(out.verdict == Verdict::drop);
    CHECK(out.reason == DropReason::icmp_type);
  }
}

TEST_CASE("an outbound packet can be simulated, and leaves no trace") {
  Gateway gateway;
  const Outcome out =
      gateway.simulate(tcp().from(kAlpha, 1023).to(kRemote, 513).syn(), Origin::interconnect);
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.connections().empty());
}

TEST_CASE("a simulation does not send once more what was sent before it") {
  constexpr Ipv4Address kNew{192, 0, 2, 7};
  Gateway gateway;
  gateway.from_node(from_alpha().to(kNew, 80));
  gateway.change([&](switching::ClusterState& state) {
    state.neighbours.push_back({0, kNew, mac_of(kNew)});
  });
  switching::Pipeline& pipeline = gateway.pipeline(kNew);
  pipeline.maintain(gateway.snapshot(), gateway.now());
  REQUIRE(pipeline.emitted().size() == 1);
  auto simulation = std::make_unique<switching::Simulation>();
  pipeline.execute({7, switching::SimulatePacket{simulation.get()}}, gateway.snapshot(),
                   gateway.now());
  CHECK(pipeline.emitted().empty());
}
