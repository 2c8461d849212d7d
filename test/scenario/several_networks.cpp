// Two external networks: each knows the cluster by one address, and hears of no other.
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr NetworkIndex kCampusIndex = 0;
constexpr NetworkIndex kLabIndex = 1;
constexpr Ipv4Address kLab{203, 0, 113, 1};
constexpr Ipv4Address kLabRemote{203, 0, 113, 9};
constexpr MacAddress kLabMac{2, 0, 0, 0, 0, 0x03};

/// The example cluster on two networks; the default route leads through the first.
switching::ClusterState two_networks() {
  switching::ClusterState state = example_cluster();
  state.networks.push_back({"lab", {kLab, 24}, kLabMac, true});
  state.routes.push_back({{kLab, 24}, kLabIndex, std::nullopt});
  state.neighbours.push_back({kLabIndex, kLabRemote, mac_of(kLabRemote)});
  return state;
}

struct Network {
  NetworkIndex index;
  Ipv4Address cluster;
  Ipv4Address remote;
  Ipv4Address broadcast;
};

constexpr Network kCampus{kCampusIndex, kCluster, kRemote, {192, 0, 2, 255}};
constexpr Network kLaboratory{kLabIndex, kLab, kLabRemote, {203, 0, 113, 255}};

const net::EthernetHeader& ethernet_of(const Outcome& out) {
  return *reinterpret_cast<const net::EthernetHeader*>(out.frame.data());
}

Ipv4Address source_of(const Outcome& out) {
  return Ipv4Address(reinterpret_cast<const net::Ipv4Header*>(out.frame.data() + 14)->source);
}

/// A frame to a group of stations, from a remote of the network.
Outcome to_group(Gateway& gateway, const Network& network, PacketBuilder packet) {
  const MacAddress everybody{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  return gateway.receive(packet.macs(mac_of(network.remote), everybody).build(), Origin::network,
                         network.index);
}

void check_dropped(const Outcome& out, DropReason reason) {
  INFO(out.text);
  CHECK(out.verdict == Verdict::drop);
  CHECK(name_of(out.reason) == name_of(reason));
}

}  // namespace

TEST_CASE("a remote logs in by the address of its own network, and is answered from it") {
  for (const Network& network : {kCampus, kLaboratory}) {
    Gateway gateway(two_networks());
    const Outcome in = gateway.from_remote(
        tcp().from(network.remote, 1023).to(network.cluster, 513).syn(), network.index);
    CHECK(in.verdict == Verdict::forward);
    CHECK(in.egress == kInterconnect);
    const Outcome out = gateway.from_node(
        tcp().from(in.packet.destination, 513).to(network.remote, 1023).syn().ack(1));
    CHECK(out.verdict == Verdict::forward);
    CHECK(out.egress == network.index);
    CHECK(source_of(out) == network.cluster);
    CHECK(checksums_ok(out.frame));
  }
}

TEST_CASE("a remote that uses the cluster's address on another network is dropped") {
  Gateway gateway(two_networks());
  for (const PacketBuilder& packet : {tcp().from(kLabRemote, 1023).to(kCluster, 513).syn(),
                                      udp().from(kLabRemote, 53).to(kCluster, kAlphaSlice),
                                      icmp_echo_request().from(kLabRemote).to(kCluster),
                                      other_protocol(112).from(kLabRemote).to(kCluster)}) {
    check_dropped(gateway.from_remote(packet, kLabIndex), DropReason::not_cluster_address);
  }
  for (const Ipv4Address remote : {kRemote, kFarRemote}) {
    check_dropped(gateway.from_remote(tcp().from(remote, 1023).to(kLab, 513).syn()),
                  DropReason::not_cluster_address);
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("a remote's packet that comes by a network which the route to it avoids is dropped") {
  Gateway gateway(two_networks());
  for (const Ipv4Address remote : {kRemote, kFarRemote}) {
    check_dropped(gateway.from_remote(tcp().from(remote, 1023).to(kLab, 513).syn(), kLabIndex),
                  DropReason::other_network);
    check_dropped(gateway.from_remote(icmp_echo_request().from(remote).to(kLab), kLabIndex),
                  DropReason::other_network);
  }
  check_dropped(gateway.from_remote(tcp().from(kLabRemote, 1023).to(kCluster, 513).syn()),
                DropReason::other_network);
}

TEST_CASE("a known connection is not carried on by another network") {
  Gateway gateway(two_networks());
  gateway.from_remote(tcp().from(kLabRemote, 1023).to(kLab, 513).syn(), kLabIndex);
  check_dropped(gateway.from_remote(tcp().from(kLabRemote, 1023).to(kLab, 513).rst()),
                DropReason::other_network);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a route that changes takes a remote to the other network") {
  Gateway gateway(two_networks());
  const auto syn = [] { return tcp().from(kFarRemote, 1023).to(kLab, 513).syn(); };
  check_dropped(gateway.from_remote(syn(), kLabIndex), DropReason::other_network);
  gateway.change([](switching::ClusterState& state) {
    state.routes.push_back({{kFarRemote, 24}, kLabIndex, kLabRemote});
  });
  CHECK(gateway.from_remote(syn(), kLabIndex).verdict == Verdict::forward);
}

TEST_CASE("a node's messages leave by the route's network, under the cluster's address there") {
  Gateway gateway(two_networks());
  const auto from_alpha = [&](Ipv4Address remote) {
    return gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(remote, 80).syn());
  };
  const Outcome campus = from_alpha(kRemote);
  CHECK(campus.egress == kCampusIndex);
  CHECK(campus.text == "192.0.2.1:24576 > 192.0.2.101:80 TCP S seq 0");
  const Outcome lab = from_alpha(kLabRemote);
  CHECK(lab.egress == kLabIndex);
  CHECK(lab.text == "203.0.113.1:24576 > 203.0.113.9:80 TCP S seq 0");
  CHECK(ethernet_of(lab).source == kLabMac);
  CHECK(ethernet_of(lab).destination == mac_of(kLabRemote));
  const Outcome far = from_alpha(kFarRemote);
  CHECK(far.egress == kCampusIndex);
  CHECK(far.text == "192.0.2.1:24576 > 198.51.100.7:80 TCP S seq 0");
  CHECK(ethernet_of(far).destination == mac_of(kRouter));
}

TEST_CASE("without a default route on any network, a far remote has no way out") {
  switching::ClusterState state = two_networks();
  std::erase_if(state.routes, [](const auto& route) { return route.prefix.length == 0; });
  Gateway gateway(state);
  check_dropped(gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(kFarRemote, 80).syn()),
                DropReason::no_route);
  CHECK(gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(kLabRemote, 80).syn()).verdict ==
        Verdict::forward);
}

TEST_CASE("one privileged port serves two nodes, towards remotes of two networks") {
  Gateway gateway(two_networks());
  CHECK(gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 513).syn()).text ==
        "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.from_node(tcp().from(kBeta, 1023).to(kLabRemote, 513).syn()).text ==
        "203.0.113.1:1023 > 203.0.113.9:513 TCP S seq 0");
  CHECK(gateway.connections().size() == 2);
}

TEST_CASE("a node may use the cluster's address on any network") {
  Gateway gateway(two_networks());
  gateway.change([](switching::ClusterState& state) {
    for (auto& service : state.services) {
      if (!service.plugin.empty()) service.nodes = {NodeId(2)};
    }
  });
  CHECK(gateway.from_node(tcp().from(kAlpha, 1023).to(kLab, 513).syn()).text ==
        "203.0.113.1:1023 > 10.77.0.12:513 TCP S seq 0");
  CHECK(gateway.from_node(tcp().from(kBeta, 513).to(kLab, 1023).syn().ack(1)).text ==
        "203.0.113.1:513 > 10.77.0.11:1023 TCP SA seq 0 ack 1");
  CHECK(gateway.from_node(tcp().from(kAlpha, 1023).to(kCluster, 513).syn()).text ==
        "192.0.2.1:1023 > 10.77.0.12:513 TCP S seq 0");
  CHECK(gateway.from_node(icmp_echo_request().from(kAlpha).to(kLab)).verdict == Verdict::local);
}

TEST_CASE("dynamic_syn is a matter of each network") {
  switching::ClusterState state = two_networks();
  state.networks[kLabIndex].dynamic_syn = false;
  Gateway gateway(state);
  const auto knock = [&](const Network& network) {
    return gateway.from_remote(
        tcp().from(network.remote, 4000).to(network.cluster, kAlphaSlice).syn(), network.index);
  };
  CHECK(knock(kCampus).verdict == Verdict::forward);
  CHECK(knock(kLaboratory).reason == DropReason::dynamic_syn_denied);
}

TEST_CASE("inside addresses are reachable from no network") {
  Gateway gateway(two_networks());
  for (const Network& network : {kCampus, kLaboratory}) {
    for (const Ipv4Address inside : {kInside, kAlpha, Ipv4Address(10, 77, 0, 255)}) {
      check_dropped(
          gateway.from_remote(tcp().from(network.remote, 1023).to(inside, 22).syn(), network.index),
          DropReason::not_cluster_address);
      check_dropped(to_group(gateway, network, arp_request().from(network.remote).to(inside)),
                    DropReason::arp_inside_address);
    }
  }
}

TEST_CASE("ARP is answered on each network for its own cluster address alone") {
  Gateway gateway(two_networks());
  for (const Network& network : {kCampus, kLaboratory}) {
    const Network& other = network.index == kCampusIndex ? kLaboratory : kCampus;
    const auto asked_for = [&](Ipv4Address target) {
      return to_group(gateway, network, arp_request().from(network.remote).to(target));
    };
    CHECK(asked_for(network.cluster).verdict == Verdict::local);
    check_dropped(asked_for(other.cluster), DropReason::arp_inside_address);
  }
}

TEST_CASE("broadcast and multicast reach the local stack by each network") {
  Gateway gateway(two_networks());
  for (const Network& network : {kCampus, kLaboratory}) {
    for (const Ipv4Address group : {Ipv4Address(255, 255, 255, 255), network.broadcast,
                                    Ipv4Address(224, 0, 0, 1), Ipv4Address(239, 1, 2, 3)}) {
      for (const PacketBuilder& packet : {udp().from(network.remote, 520).to(group, 520),
                                          other_protocol(112).from(network.remote).to(group),
                                          icmp_echo_request().from(network.remote).to(group)}) {
        const Outcome out = to_group(gateway, network, packet);
        CHECK(out.verdict == Verdict::local);
        CHECK(out.packet.network == network.index);
      }
    }
  }
}

TEST_CASE("the broadcast address of another network is nobody's") {
  Gateway gateway(two_networks());
  for (const Network& network : {kCampus, kLaboratory}) {
    const Network& other = network.index == kCampusIndex ? kLaboratory : kCampus;
    check_dropped(gateway.from_remote(udp().from(network.remote, 520).to(other.broadcast, 520),
                                      network.index),
                  DropReason::not_cluster_address);
  }
}

TEST_CASE("a node's message to all hosts of an external network does not leave") {
  Gateway gateway(two_networks());
  for (const Network& network : {kCampus, kLaboratory}) {
    check_dropped(gateway.from_node(udp().from(kAlpha, kAlphaSlice).to(network.broadcast, 9)),
                  DropReason::no_route);
  }
}

TEST_CASE("the kernel's broadcast and multicast leave by the network of their TAP") {
  Gateway gateway(two_networks());
  for (const Network& network : {kCampus, kLaboratory}) {
    for (const PacketBuilder& packet :
         {other_protocol(112).from(network.cluster).to({224, 0, 0, 18}).payload("vrrp"),
          other_protocol(2).from(network.cluster).to({224, 0, 0, 22}).payload("igmp"),
          udp().from(network.cluster, 520).to(network.broadcast, 520),
          udp().from(network.cluster, 67).to({255, 255, 255, 255}, 68)}) {
      const Outcome out = gateway.from_kernel(packet, network.index);
      CHECK(out.verdict == Verdict::forward);
      CHECK(out.egress == network.index);
    }
  }
}

TEST_CASE("the kernel sends nothing under another network's cluster address") {
  Gateway gateway(two_networks());
  check_dropped(
      gateway.from_kernel(udp().from(kCluster, kGatewaySlice).to(kLabRemote, 9), kLabIndex),
      DropReason::inside_address);
  check_dropped(gateway.from_kernel(other_protocol(112).from(kLab).to({224, 0, 0, 18})),
                DropReason::inside_address);
  check_dropped(gateway.from_kernel(arp_request().from(kCluster).to(kLabRemote), kLabIndex),
                DropReason::inside_address);
}

TEST_CASE("IPv6 is dropped by name, whichever side it comes from") {
  constexpr std::uint16_t kIpv6 = 0x86dd;
  Gateway gateway(two_networks());
  for (const Network& network : {kCampus, kLaboratory}) {
    const auto packet = udp().from(network.remote, 546).to(network.cluster, 547).ether_type(kIpv6);
    check_dropped(gateway.from_remote(packet, network.index), DropReason::ipv6);
    check_dropped(gateway.from_kernel(packet, network.index), DropReason::ipv6);
  }
  const auto inside = udp().from(kAlpha, 546).to(kInside, 547).ether_type(kIpv6);
  check_dropped(gateway.from_node(inside), DropReason::ipv6);
  check_dropped(gateway.from_kernel_inside(inside), DropReason::ipv6);
}
