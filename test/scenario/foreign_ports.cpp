// Ports that are another node's to send from, and what a node is told that uses them.
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

const net::EthernetHeader& ethernet_of(const Outcome& out) {
  return *reinterpret_cast<const net::EthernetHeader*>(out.frame.data());
}

}  // namespace

TEST_CASE("a node's SYN from another node's slice is answered by a RST") {
  Gateway gateway;
  const Outcome out =
      gateway.from_node(tcp().from(kAlpha, kBetaSlice).to(kRemote, 80).syn().seq(7));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::foreign_slice);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "192.0.2.101:80 > 10.77.0.11:32768 TCP RA seq 0 ack 8");
  CHECK(checksums_ok(out.frame));
  CHECK(ethernet_of(out).source == kInsideMac);
  CHECK(ethernet_of(out).destination == mac_of(kAlpha));
}

TEST_CASE("a node's data from another node's slice is answered by a RST at its acknowledgment") {
  Gateway gateway;
  const Outcome out = gateway.from_node(
      tcp().from(kAlpha, kGatewaySlice).to(kRemote, 80).ack(99).seq(7).payload("x"));
  CHECK(out.text == "192.0.2.101:80 > 10.77.0.11:16384 TCP R seq 99");
  CHECK(out.reason == DropReason::foreign_slice);
}

TEST_CASE("a node's datagram from another node's slice is answered by a port unreachable") {
  Gateway gateway;
  const Outcome out =
      gateway.from_node(udp().from(kAlpha, kGammaSlice).to(kRemote, 53).payload("a query"));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::foreign_slice);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "10.77.0.1 > 10.77.0.11 ICMP type 3 code 3");
  CHECK(checksums_ok(out.frame));
  CHECK(ethernet_of(out).destination == mac_of(kAlpha));
}

TEST_CASE("a RST from another node's slice is dropped without an answer") {
  Gateway gateway;
  const Outcome out = gateway.from_node(tcp().from(kAlpha, kBetaSlice).to(kRemote, 80).rst());
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::foreign_slice);
}

TEST_CASE("a port of a slice that nobody owns is claimed like any other") {
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) { state.nodes.pop_back(); });
  const Outcome out = gateway.from_node(tcp().from(kAlpha, kGammaSlice).to(kRemote, 80).syn());
  CHECK(out.verdict == Verdict::forward);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("the port of a single-instance service is its node's to send from") {
  Gateway gateway;
  const Outcome out = gateway.from_node(tcp().from(kBeta, 5432).to(kRemote, 40000).syn().ack(1));
  CHECK(out.text == "192.0.2.1:5432 > 192.0.2.101:40000 TCP SA seq 0 ack 1");
}

TEST_CASE("the port of a single-instance service is refused to other nodes") {
  Gateway gateway;
  const Outcome out = gateway.from_node(tcp().from(kAlpha, 5432).to(kRemote, 40000).syn());
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::foreign_service);
  CHECK(out.text == "192.0.2.101:40000 > 10.77.0.11:5432 TCP RA seq 0 ack 1");
}

TEST_CASE("a service port inside a slice is its service's node's, not its slice's") {
  Gateway gateway;
  gateway.change(
      [](switching::ClusterState& state) { state.services.back().port = PortNumber(kAlphaSlice); });
  CHECK(gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(kRemote, 80).syn()).reason ==
        DropReason::foreign_service);
  const auto out = gateway.from_node(tcp().from(kBeta, kAlphaSlice).to(kRemote, 80).syn().ack(1));
  CHECK(out.verdict == Verdict::forward);
}
