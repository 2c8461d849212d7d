// The gateway's own kernel is node 0: what it sends obeys the rules that hold for nodes.
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

const net::EthernetHeader& ethernet_of(const Outcome& out) {
  return *reinterpret_cast<const net::EthernetHeader*>(out.frame.data());
}

PacketBuilder own(std::uint16_t port) { return tcp().from(kCluster, port).to(kRemote, 513); }
PacketBuilder reply_to(std::uint16_t port) { return tcp().from(kRemote, 513).to(kCluster, port); }

void check_dropped(const Outcome& out, DropReason reason) {
  CHECK(out.verdict == Verdict::drop);
  CHECK(name_of(out.reason) == name_of(reason));
}

}  // namespace

TEST_CASE("the gateway's own connection from slice 0 leaves as its kernel made it") {
  Gateway gateway;
  const Frame sent =
      own(kGatewaySlice).syn().seq(3).dont_fragment().macs(kOutsideMac, mac_of(kRouter)).build();
  const Outcome out = gateway.receive(sent, Origin::local_network);
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == 0);
  CHECK(std::equal(out.frame.begin(), out.frame.end(), sent.bytes().begin(), sent.bytes().end()));
  CHECK(gateway.connections().empty());
}

TEST_CASE("answers to slice 0 reach the gateway's kernel unchanged") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(reply_to(kGatewaySlice).syn().ack(4));
  CHECK(out.verdict == Verdict::local);
  CHECK(out.text == "192.0.2.101:513 > 192.0.2.1:16384 TCP SA seq 0 ack 4");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("the gateway's own connection from a privileged port is claimed as node 0's") {
  Gateway gateway;
  CHECK(gateway.from_kernel(own(1023).syn()).text ==
        "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
  REQUIRE(gateway.connections().size() == 1);
  CHECK(gateway.connections()[0].node == 0);
  CHECK(gateway.from_remote(reply_to(1023).syn().ack(1)).verdict == Verdict::local);
  CHECK(gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 513).syn()).text ==
        "192.0.2.1:1022 > 192.0.2.101:513 TCP S seq 0");
}

TEST_CASE("the gateway as the loser of a collision is renumbered on the way out and back") {
  Gateway gateway;
  gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 513).syn());
  const Outcome out = gateway.from_kernel(own(1023).syn().seq(3));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.text == "192.0.2.1:1022 > 192.0.2.101:513 TCP S seq 3");
  CHECK(checksums_ok(out.frame));
  const Outcome back = gateway.from_remote(reply_to(1022).syn().ack(4));
  CHECK(back.verdict == Verdict::local);
  CHECK(back.text == "192.0.2.101:513 > 192.0.2.1:1023 TCP SA seq 0 ack 4");
  CHECK(checksums_ok(back.frame));
  CHECK(gateway.from_kernel(own(1023).ack(1).payload("x")).text ==
        "192.0.2.1:1022 > 192.0.2.101:513 TCP A seq 0 ack 1 len 1");
}

TEST_CASE("the gateway's own connection from a node's slice is reset, back through its TAP") {
  Gateway gateway;
  const Outcome out = gateway.from_kernel(own(kAlphaSlice).syn().seq(7));
  CHECK(out.verdict == Verdict::local);
  CHECK(out.reason == DropReason::foreign_slice);
  CHECK(out.packet.origin == Origin::local_network);
  CHECK(out.text == "192.0.2.101:513 > 192.0.2.1:24576 TCP RA seq 0 ack 8");
  CHECK(checksums_ok(out.frame));
  CHECK(ethernet_of(out).destination == kOutsideMac);
}

TEST_CASE("the gateway's own datagram from a node's slice is refused in the remote's name") {
  Gateway gateway;
  const Outcome out =
      gateway.from_kernel(udp().from(kCluster, kBetaSlice).to(kRemote, 53).payload("q"));
  CHECK(out.verdict == Verdict::local);
  CHECK(out.reason == DropReason::foreign_slice);
  // From its own address the kernel would not believe it.
  CHECK(out.text == "192.0.2.101 > 192.0.2.1 ICMP type 3 code 3");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("the gateway's RST from a node's slice is dropped") {
  Gateway gateway;
  check_dropped(gateway.from_kernel(own(kAlphaSlice).rst()), DropReason::foreign_slice);
}

TEST_CASE("the gateway may not send from a single-instance service's port") {
  Gateway gateway;
  CHECK(gateway.from_kernel(own(5432).syn()).reason == DropReason::foreign_service);
}

TEST_CASE("the gateway's kernel cannot disturb a node's connection") {
  Gateway gateway;
  gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 513).syn());
  check_dropped(gateway.from_kernel(own(1023).rst()), DropReason::not_owner);
  gateway.from_remote(tcp().from(kRemote, 900).to(kCluster, 514).syn());
  check_dropped(gateway.from_kernel(tcp().from(kCluster, 514).to(kRemote, 900).rst().ack(1)),
                DropReason::not_owner);
}

TEST_CASE("the gateway's kernel answers what came to it") {
  Gateway gateway;
  CHECK(gateway.from_remote(tcp().from(kRemote, 40000).to(kCluster, 80).syn()).verdict ==
        Verdict::local);
  CHECK(gateway.from_kernel(tcp().from(kCluster, 80).to(kRemote, 40000).syn().ack(1)).text ==
        "192.0.2.1:80 > 192.0.2.101:40000 TCP SA seq 0 ack 1");
  CHECK(gateway.connections().empty());
}

TEST_CASE("a login that was scheduled on the gateway is its kernel's, both ways") {
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) {
    for (auto& service : state.services) service.nodes = {kGateway};
  });
  CHECK(gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).syn()).verdict ==
        Verdict::local);
  CHECK(gateway.from_kernel(tcp().from(kCluster, 513).to(kRemote, 1023).syn().ack(1)).text ==
        "192.0.2.1:513 > 192.0.2.101:1023 TCP SA seq 0 ack 1");
  CHECK(gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).ack(1)).verdict ==
        Verdict::local);
  CHECK(gateway.connections().at(0).node == 0);
}

TEST_CASE("the gateway's kernel speaks ARP of the cluster address alone") {
  constexpr Ipv4Address kProbe{};
  Gateway gateway;
  for (const Ipv4Address sender : {kCluster, kProbe}) {
    CHECK(gateway.from_kernel(arp_request().from(sender).to(kRouter)).verdict == Verdict::forward);
  }
  CHECK(gateway.from_kernel(arp_reply().from(kCluster).to(kRouter)).verdict == Verdict::forward);
  for (const Ipv4Address sender : {kInside, kAlpha, kRemote}) {
    check_dropped(gateway.from_kernel(arp_request().from(sender).to(kRouter)),
                  DropReason::inside_address);
    check_dropped(gateway.from_kernel(arp_reply().from(sender).to(kRouter)),
                  DropReason::inside_address);
  }
}

TEST_CASE("the gateway's kernel asks nobody outside for an inside address") {
  Gateway gateway;
  check_dropped(gateway.from_kernel(arp_request().from(kCluster).to(kAlpha)),
                DropReason::inside_address);
}

TEST_CASE("nothing leaves from an inside address, whatever it carries") {
  Gateway gateway;
  for (const Ipv4Address source : {kInside, kAlpha, Ipv4Address(10, 77, 0, 99)}) {
    check_dropped(gateway.from_kernel(own(kGatewaySlice).from(source, kGatewaySlice).syn()),
                  DropReason::inside_address);
    check_dropped(gateway.from_kernel(udp().from(source, 700).to(kRemote, 53)),
                  DropReason::inside_address);
    check_dropped(gateway.from_kernel(other_protocol(112).from(source).to({224, 0, 0, 18})),
                  DropReason::inside_address);
    check_dropped(gateway.from_kernel(icmp_echo_request().from(source).to(kRemote)),
                  DropReason::inside_address);
  }
}

TEST_CASE("nothing leaves for an inside address by an external network") {
  Gateway gateway;
  check_dropped(gateway.from_kernel(own(kGatewaySlice).to(kAlpha, 22).syn()),
                DropReason::inside_address);
}

TEST_CASE("the gateway's broadcast, multicast and other protocols leave as they are") {
  Gateway gateway;
  for (const auto& packet : {udp().from(kCluster, 520).to({192, 0, 2, 255}, 520).payload("rip"),
                             udp().from(kCluster, 700).to({255, 255, 255, 255}, 67),
                             udp().from(kCluster, 5353).to({224, 0, 0, 251}, 5353),
                             other_protocol(112).from(kCluster).to({224, 0, 0, 18}).payload("vrrp"),
                             other_protocol(2).from(kCluster).to({224, 0, 0, 22}).payload("igmp"),
                             other_protocol(89).from(kCluster).to(kRouter).payload("ospf")}) {
    const Frame sent = packet.build();
    const Outcome out = gateway.from_kernel(packet);
    CHECK(out.verdict == Verdict::forward);
    CHECK(out.egress == 0);
    CHECK(std::equal(out.frame.begin() + 14, out.frame.end(), sent.bytes().begin() + 14));
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("the gateway's own ICMP errors leave as they are") {
  Gateway gateway;
  const auto received = udp().from(kRemote, 9).to(kCluster, 9);
  const auto error = icmp_error(3, 3, received.build()).from(kCluster).to(kRemote);
  CHECK(gateway.from_kernel(error).verdict == Verdict::forward);
  const auto strange = other_protocol(47).from(kRemote).to(kCluster).payload("12345678");
  const auto unknown = icmp_error(3, 2, strange.build()).from(kCluster).to(kRemote);
  CHECK(gateway.from_kernel(unknown).verdict == Verdict::forward);
}

TEST_CASE("the gateway's kernel tells nobody outside of an inside address") {
  Gateway gateway;
  const auto received = udp().from(kRemote, 9).to(kInside, 9);
  const Outcome out =
      gateway.from_kernel(icmp_error(3, 3, received.build()).from(kCluster).to(kRemote));
  check_dropped(out, DropReason::inside_address);
}

TEST_CASE("what the gateway's kernel sends inside passes as it is") {
  Gateway gateway;
  for (const auto& packet : {tcp().from(kInside, 7077).to(kAlpha, 1023).syn().ack(1),
                             tcp().from(kCluster, 80).to(kAlpha, kAlphaSlice).syn().ack(1),
                             icmp_echo_reply().from(kCluster).to(kAlpha).identifier(5),
                             arp_request().from(kInside).to(kAlpha),
                             udp().from(kInside, 5353).to({224, 0, 0, 251}, 5353)}) {
    const Frame sent = packet.build();
    const Outcome out = gateway.from_kernel_inside(packet);
    CHECK(out.verdict == Verdict::forward);
    CHECK(out.egress == kInterconnect);
    CHECK(std::equal(out.frame.begin() + 14, out.frame.end(), sent.bytes().begin() + 14));
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("what the kernel sends in other protocols than IPv4 and ARP stays in") {
  Gateway gateway;
  check_dropped(gateway.from_kernel(own(kGatewaySlice).ether_type(0x86dd)), DropReason::ipv6);
  check_dropped(gateway.from_kernel_inside(own(kGatewaySlice).ether_type(0x88cc)),
                DropReason::ethertype);
}

TEST_CASE("nodes' ARP reaches the gateway's kernel") {
  Gateway gateway;
  const MacAddress broadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const Frame request =
      arp_request().from(kAlpha).to(kInside).macs(mac_of(kAlpha), broadcast).build();
  CHECK(gateway.receive(request, Origin::interconnect).verdict == Verdict::local);
  const Frame foreign =
      arp_reply().from(kAlpha).to(kBeta).macs(mac_of(kAlpha), mac_of(kBeta)).build();
  check_dropped(gateway.receive(foreign, Origin::interconnect), DropReason::not_our_mac);
}

TEST_CASE("broadcast and multicast inside reach the gateway's kernel") {
  Gateway gateway;
  const MacAddress group{0x01, 0x00, 0x5e, 0, 0, 1};
  for (const Ipv4Address to :
       {Ipv4Address(10, 77, 0, 255), Ipv4Address(224, 0, 0, 1), Ipv4Address(255, 255, 255, 255)}) {
    const Frame frame = udp().from(kAlpha, 5353).to(to, 5353).macs(mac_of(kAlpha), group).build();
    CHECK(gateway.receive(frame, Origin::interconnect).verdict == Verdict::local);
  }
}

TEST_CASE("the gateway's kernel quotes and records no inside address outside") {
  Gateway gateway;
  const auto quoting = [](Ipv4Address from, Ipv4Address to) {
    return icmp_error(3, 3, udp().from(from, 53).to(to, 5000).build()).from(kCluster).to(kRemote);
  };
  check_dropped(gateway.from_kernel(quoting(kAlpha, kCluster)), DropReason::inside_address);
  check_dropped(gateway.from_kernel(quoting(kRemote, kAlpha)), DropReason::inside_address);
  CHECK(gateway.from_kernel(quoting(kRemote, kCluster)).verdict == Verdict::forward);

  const auto advising = icmp(5).identifier(0x0a4d).sequence(0x000b).from(kCluster).to(kRemote);
  check_dropped(gateway.from_kernel(advising), DropReason::inside_address);

  const Outcome recorded = gateway.from_kernel(
      udp().from(kCluster, 5000).to({224, 0, 0, 18}, 5000).ip_options({7, 7, 8, 10, 77, 0, 11}));
  CHECK(recorded.verdict == Verdict::forward);
  CHECK(recorded.frame[34] == std::byte{1});
  CHECK(checksums_ok(recorded.frame));
}
