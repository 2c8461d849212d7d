// What cannot come from a node, or may not go where it wants to go.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

PacketBuilder segment_from(Ipv4Address source) {
  return tcp().from(source, kAlphaSlice).to(kRemote, 80).syn();
}

void check_dropped(const Outcome& out, DropReason reason) {
  CHECK(out.verdict == Verdict::drop);
  CHECK(name_of(out.reason) == name_of(reason));
}

}  // namespace

TEST_CASE("a packet over the interconnect from an outside address is spoofed") {
  Gateway gateway;
  for (const Ipv4Address source : {kFarRemote, kRemote, Ipv4Address(127, 0, 0, 1), Ipv4Address(),
                                   Ipv4Address(224, 0, 0, 1), Ipv4Address(255, 255, 255, 255)}) {
    check_dropped(gateway.from_node(segment_from(source)), DropReason::spoofed_source);
  }
}

TEST_CASE("a packet over the interconnect from the cluster's address is spoofed") {
  Gateway gateway;
  check_dropped(gateway.from_node(segment_from(kCluster)), DropReason::spoofed_source);
  check_dropped(gateway.from_node(segment_from(kCluster).to(kCluster, 513)),
                DropReason::spoofed_source);
}

TEST_CASE("an inside address that is no node's is unknown") {
  Gateway gateway;
  check_dropped(gateway.from_node(segment_from(Ipv4Address(10, 77, 0, 99))),
                DropReason::unknown_source);
  check_dropped(gateway.from_node(segment_from(Ipv4Address(10, 77, 0, 99)).to(kCluster, 513)),
                DropReason::unknown_source);
}

TEST_CASE("nobody else has the gateway's own inside address") {
  Gateway gateway;
  check_dropped(gateway.from_node(segment_from(kInside)), DropReason::unknown_source);
  check_dropped(gateway.from_node(segment_from(kInside).to(kInside, 22)),
                DropReason::unknown_source);
}

TEST_CASE("a node that was removed is unknown from then on") {
  Gateway gateway;
  CHECK(gateway.from_node(segment_from(kAlpha)).verdict == Verdict::forward);
  gateway.change([](switching::ClusterState& state) { state.nodes.erase(state.nodes.begin()); });
  check_dropped(gateway.from_node(segment_from(kAlpha)), DropReason::unknown_source);
}

TEST_CASE("the gateway does not route between inside addresses") {
  Gateway gateway;
  check_dropped(gateway.from_node(segment_from(kAlpha).to(kBeta, 22)), DropReason::transit);
}

TEST_CASE("nothing leaves for an address that no host has") {
  Gateway gateway;
  for (const Ipv4Address destination :
       {Ipv4Address(127, 0, 0, 1), Ipv4Address(0, 0, 0, 1), Ipv4Address(240, 0, 0, 1)}) {
    check_dropped(gateway.from_node(segment_from(kAlpha).to(destination, 80)), DropReason::transit);
  }
}

TEST_CASE("a frame on the interconnect for another station is dropped") {
  Gateway gateway;
  const Frame frame = segment_from(kAlpha).macs(mac_of(kAlpha), mac_of(kBeta)).build();
  check_dropped(gateway.receive(frame, Origin::interconnect), DropReason::not_our_mac);
}

TEST_CASE("a broadcast frame must not carry a datagram to a single remote") {
  Gateway gateway;
  const MacAddress broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const Frame frame = segment_from(kAlpha).macs(mac_of(kAlpha), broadcast).build();
  check_dropped(gateway.receive(frame, Origin::interconnect), DropReason::not_our_mac);
}

TEST_CASE("a node's spoofed packet leaves no state") {
  Gateway gateway;
  gateway.from_node(tcp().from(kFarRemote, 1023).to(kRemote, 513).syn());
  gateway.from_node(tcp().from(Ipv4Address(10, 77, 0, 99), 1023).to(kRemote, 513).syn());
  CHECK(gateway.connections().empty());
}
