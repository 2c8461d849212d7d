// What the outside may not send: frames for others, forged sources, wrong destinations, ARP about
// what is none of its business.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr Ipv4Address kLab{203, 0, 113, 1};
constexpr Ipv4Address kLabRemote{203, 0, 113, 9};
constexpr MacAddress kBroadcastMac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/// The example cluster on two networks; the default route leads through the first.
switching::ClusterState two_networks() {
  switching::ClusterState state = example_cluster();
  state.networks.push_back({"lab", {kLab, 24}, kInsideMac, true});
  state.routes.push_back({{kLab, 24}, 1, std::nullopt});
  return state;
}

PacketBuilder syn_from(Ipv4Address source) {
  return tcp().from(source, 1023).to(kCluster, 513).syn();
}

Outcome arp_from_outside(Gateway& gateway, PacketBuilder packet,
                         const MacAddress& destination = kBroadcastMac) {
  return gateway.receive(packet.macs(mac_of(kRemote), destination).build(), Origin::network);
}

void check_dropped(const Outcome& out, DropReason reason) {
  INFO(out.text);
  CHECK(out.verdict == Verdict::drop);
  CHECK(name_of(out.reason) == name_of(reason));
}

}  // namespace

TEST_CASE("a remote may not use an inside address") {
  Gateway gateway;
  for (const Ipv4Address source : {kAlpha, kInside, Ipv4Address(10, 77, 0, 200)}) {
    check_dropped(gateway.from_remote(syn_from(source)), DropReason::spoofed_source);
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("a remote may not use the cluster's own address, on whichever network") {
  Gateway gateway(two_networks());
  check_dropped(gateway.from_remote(syn_from(kCluster)), DropReason::spoofed_source);
  check_dropped(gateway.from_remote(syn_from(kLab)), DropReason::spoofed_source);
}

TEST_CASE("a remote may not use an address that no host has") {
  Gateway gateway;
  for (const Ipv4Address source :
       {Ipv4Address(127, 0, 0, 1), Ipv4Address(127, 255, 255, 255), Ipv4Address(0, 0, 0, 0),
        Ipv4Address(0, 1, 2, 3), Ipv4Address(224, 0, 0, 1), Ipv4Address(239, 1, 1, 1),
        Ipv4Address(240, 0, 0, 1), Ipv4Address(255, 255, 255, 255), Ipv4Address(192, 0, 2, 255)}) {
    check_dropped(gateway.from_remote(syn_from(source)), DropReason::spoofed_source);
  }
}

TEST_CASE("forged sources are dropped whatever the message") {
  Gateway gateway;
  for (const PacketBuilder& packet :
       {udp().from(kAlpha, 53).to(kCluster, kAlphaSlice), icmp_echo_request().from(kAlpha),
        other_protocol(89).from(kAlpha),
        udp().from(kAlpha, 520).to(Ipv4Address(192, 0, 2, 255), 520),
        tcp().from(kAlpha, 5).to(kCluster, 5432).syn().payload("data").fragment(0, true, 24)}) {
    check_dropped(gateway.from_remote(PacketBuilder(packet)), DropReason::spoofed_source);
  }
}

TEST_CASE("no address but the cluster's is reachable from outside") {
  Gateway gateway(two_networks());
  for (const Ipv4Address destination :
       {kAlpha, kInside, kLab, kRouter, Ipv4Address(192, 0, 2, 0), Ipv4Address(192, 0, 2, 2),
        Ipv4Address(10, 77, 0, 255), Ipv4Address(127, 0, 0, 1)}) {
    const auto packet = tcp().from(kRemote, 1023).to(destination, 513).syn();
    check_dropped(gateway.from_remote(packet), DropReason::not_cluster_address);
  }
}

TEST_CASE("frames for other stations are dropped") {
  Gateway gateway;
  const MacAddress other{2, 0, 0, 0, 0, 0x77};
  for (const PacketBuilder& packet :
       {syn_from(kRemote), udp().from(kRemote, 5).to(Ipv4Address(224, 0, 0, 1), 5),
        arp_request().from(kRemote).to(kCluster)}) {
    Frame frame = PacketBuilder(packet).macs(mac_of(kRemote), other).build();
    check_dropped(gateway.receive(std::move(frame), Origin::network), DropReason::not_our_mac);
  }
}

TEST_CASE("a message to the cluster's address alone must not come in a frame to all") {
  // RFC 1122, section 3.3.6; it would be answered by many.
  Gateway gateway;
  Frame frame = syn_from(kRemote).macs(mac_of(kRemote), kBroadcastMac).build();
  check_dropped(gateway.receive(std::move(frame), Origin::network), DropReason::not_our_mac);
}

TEST_CASE("a remote belongs to the network of the route to it") {
  Gateway gateway(two_networks());
  CHECK(gateway.from_remote(syn_from(kRemote)).verdict == Verdict::forward);
  CHECK(gateway.from_remote(syn_from(kFarRemote)).verdict == Verdict::forward);
  check_dropped(gateway.from_remote(syn_from(kLabRemote)), DropReason::other_network);
  const auto in_lab = [](Ipv4Address source) {
    return tcp().from(source, 1023).to(kLab, 513).syn();
  };
  CHECK(gateway.from_remote(in_lab(kLabRemote), 1).verdict == Verdict::forward);
  check_dropped(gateway.from_remote(in_lab(kRemote), 1), DropReason::other_network);
  check_dropped(gateway.from_remote(in_lab(kFarRemote), 1), DropReason::other_network);
}

TEST_CASE("a remote that no route leads to is dropped where there are several networks") {
  switching::ClusterState state = two_networks();
  state.routes.erase(state.routes.begin() + 1);
  Gateway gateway(state);
  check_dropped(gateway.from_remote(syn_from(kFarRemote)), DropReason::no_route);
}

TEST_CASE("ARP for the cluster's address goes to the local stack") {
  Gateway gateway;
  CHECK(arp_from_outside(gateway, arp_request().from(kRemote).to(kCluster)).verdict ==
        Verdict::local);
  CHECK(arp_from_outside(gateway, arp_request().from(kRemote).to(kCluster), kOutsideMac).verdict ==
        Verdict::local);
}

TEST_CASE("an ARP reply to the cluster goes to the local stack") {
  Gateway gateway;
  const auto reply = arp_reply().from(kRouter).to(kCluster);
  CHECK(arp_from_outside(gateway, reply, kOutsideMac).verdict == Verdict::local);
}

TEST_CASE("a neighbour that announces itself to all is heard") {
  Gateway gateway;
  CHECK(arp_from_outside(gateway, arp_request().from(kRouter).to(kRouter)).verdict ==
        Verdict::local);
}

TEST_CASE("ARP outside for inside addresses is dropped") {
  Gateway gateway;
  for (const Ipv4Address target : {kInside, kAlpha, Ipv4Address(10, 77, 0, 200)}) {
    const auto request = arp_request().from(kRemote).to(target);
    check_dropped(arp_from_outside(gateway, request), DropReason::arp_inside_address);
  }
}

TEST_CASE("ARP outside from an inside address is dropped") {
  Gateway gateway;
  for (const Ipv4Address target : {kCluster, kAlpha}) {
    const auto reply = arp_reply().from(kAlpha).to(target);
    check_dropped(arp_from_outside(gateway, reply), DropReason::arp_inside_address);
  }
}

TEST_CASE("ARP for any other address of the gateway is dropped, as its kernel would answer") {
  Gateway gateway(two_networks());
  for (const Ipv4Address target : {kLab, Ipv4Address(127, 0, 0, 1), Ipv4Address(172, 16, 0, 1)}) {
    const auto request = arp_request().from(kRemote).to(target);
    check_dropped(arp_from_outside(gateway, request), DropReason::arp_inside_address);
  }
}

TEST_CASE("ARP on the interconnect goes to the local stack, to the gateway and to all") {
  Gateway gateway;
  const auto request = arp_request().from(kAlpha).to(kInside);
  for (const MacAddress& destination : {kInsideMac, kBroadcastMac}) {
    Frame frame = PacketBuilder(request).macs(mac_of(kAlpha), destination).build();
    CHECK(gateway.receive(std::move(frame), Origin::interconnect).verdict == Verdict::local);
  }
}

TEST_CASE("ARP on the interconnect for another station is dropped") {
  Gateway gateway;
  Frame frame = arp_reply().from(kAlpha).to(kBeta).macs(mac_of(kAlpha), mac_of(kBeta)).build();
  check_dropped(gateway.receive(std::move(frame), Origin::interconnect), DropReason::not_our_mac);
}
