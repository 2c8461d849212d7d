#include "control/local_stack.hpp"

#include <catch2/catch.hpp>

#include "control/kernel_error.hpp"
#include "control/tap.hpp"
#include "net/headers.hpp"
#include "root/control/private_namespace.hpp"

namespace encluster::control {
namespace {

using Catch::Contains;
using test::PrivateNamespace;
using test::run;
using test::send_frame;
using test::sent_frames;
using Lines = std::vector<std::string>;

constexpr MacAddress kCampusMac{0x02, 0, 0, 0, 0, 0x01};
constexpr MacAddress kInsideMac{0x02, 0, 0, 0, 0, 0x02};
constexpr MacAddress kPeerMac{0x02, 0, 0, 0, 0, 0x99};
constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr Ipv4Address kInside(10, 77, 0, 1);
constexpr Ipv4Address kRemote(192, 0, 2, 9);
constexpr Ipv4Address kNode(10, 77, 0, 11);

LocalStackConfig example() {
  return {.networks = {{"ec-campus", {kCluster, 24}, Ipv4Address(192, 0, 2, 254)}},
          .interconnect = {"ec-inside", {kInside, 24}, std::nullopt},
          .first_port = PortNumber(std::uint16_t{16384}),
          .last_port = PortNumber(std::uint16_t{32767}),
          .service_ports = {PortNumber(std::uint16_t{513}), PortNumber(std::uint16_t{20048})}};
}

/// A gateway without a data path: the test holds the wires.
struct Gateway {
  PrivateNamespace apart;
  Tap campus = open_tap("ec-campus", kCampusMac, 1500);
  Tap inside = open_tap("ec-inside", kInsideMac, 1500);
  Lines warnings = configure_local_stack(example());
};

test::PacketBuilder from_node() {
  return test::icmp_echo_request().macs(kPeerMac, kInsideMac).from(kNode);
}

/// Lets the kernel learn the node's MAC address.
void introduce_node(const Gateway& gateway) {
  send_frame(gateway.inside.fd.get(),
             test::arp_request().macs(kPeerMac, kInsideMac).from(kNode).to(kInside).build());
  REQUIRE(sent_frames(gateway.inside.fd.get()).size() == 1);
}

TEST_CASE("the kernel answers ARP and ping on a network's TAP") {
  const Gateway gateway;
  const int wire = gateway.campus.fd.get();

  send_frame(wire,
             test::arp_request().macs(kPeerMac, kCampusMac).from(kRemote).to(kCluster).build());
  CHECK(sent_frames(wire).size() == 1);

  send_frame(wire, test::icmp_echo_request()
                       .macs(kPeerMac, kCampusMac)
                       .from(kRemote)
                       .to(kCluster)
                       .identifier(7)
                       .build());
  const Lines answers = sent_frames(wire);
  REQUIRE(answers.size() == 1);
  CHECK_THAT(answers[0], Contains("192.0.2.1 > 192.0.2.9"));
}

TEST_CASE("the kernel does not answer ARP for an inside address on a network") {
  const Gateway gateway;
  const int wire = gateway.campus.fd.get();

  send_frame(wire,
             test::arp_request().macs(kPeerMac, kCampusMac).from(kRemote).to(kInside).build());

  CHECK(sent_frames(wire).empty());
}

TEST_CASE("a node that addresses the cluster is answered over the interconnect") {
  const Gateway gateway;
  introduce_node(gateway);

  send_frame(gateway.inside.fd.get(), from_node().to(kCluster).build());

  const Lines answers = sent_frames(gateway.inside.fd.get());
  REQUIRE(answers.size() == 1);
  CHECK_THAT(answers[0], Contains("192.0.2.1 > 10.77.0.11"));
  CHECK(sent_frames(gateway.campus.fd.get()).empty());
}

TEST_CASE("the kernel asks for a node with the gateway's own address, not the cluster's") {
  const Gateway gateway;

  send_frame(gateway.inside.fd.get(), from_node().to(kCluster).build());

  const Lines asked = sent_frames(gateway.inside.fd.get());
  REQUIRE_FALSE(asked.empty());
  CHECK_THAT(asked[0], Contains("10.77.0.1") && !Contains("192.0.2.1"));
}

TEST_CASE("a packet from where its answer would not go is ignored") {
  const Gateway gateway;

  send_frame(gateway.inside.fd.get(), test::icmp_echo_request()
                                          .macs(kPeerMac, kInsideMac)
                                          .from(Ipv4Address(198, 51, 100, 1))
                                          .to(kCluster)
                                          .build());

  CHECK(sent_frames(gateway.inside.fd.get()).empty());
  CHECK(sent_frames(gateway.campus.fd.get()).empty());
}

TEST_CASE("nothing leaves the kernel when the gateway is dead") {
  Gateway gateway;
  introduce_node(gateway);
  gateway.inside.fd = FileDescriptor();

  CHECK_THROWS(run("ping -c1 -W1 10.77.0.11 2>&1"));
  gateway.inside = open_tap("ec-inside", kInsideMac, 1500);

  for (const std::string& frame : sent_frames(gateway.inside.fd.get())) {
    CHECK_THAT(frame, !Contains("10.77.0.1 > 10.77.0.11"));
  }
}

TEST_CASE("configuring twice changes nothing, and warns of nothing") {
  const Gateway gateway;
  const std::string before = run("ip address; ip route; ip neigh");

  CHECK(configure_local_stack(example()).empty());

  CHECK(gateway.warnings.empty());
  CHECK(run("ip address; ip route; ip neigh") == before);
}

TEST_CASE("addresses, default routes and TAPs of an earlier configuration go") {
  const Gateway gateway;
  run("ip address add 192.0.2.77/24 dev ec-campus");
  run("ip address add 203.0.113.7/24 dev ec-campus");
  REQUIRE(open_tap("ec-gone", kPeerMac, 1500).index != 0);
  LocalStackConfig changed = example();
  changed.networks[0].gateway = Ipv4Address(192, 0, 2, 253);

  CHECK(configure_local_stack(changed).empty());

  const std::string addresses = run("ip -4 -o address show dev ec-campus");
  CHECK_THAT(addresses, Contains("192.0.2.1/24") && !Contains(".77/") && !Contains("203.0.113"));
  const std::string routes = run("ip route show default");
  CHECK_THAT(routes, Contains("192.0.2.253") && !Contains("192.0.2.254"));
  CHECK_THROWS(run("ip link show ec-gone 2>&1"));
}

TEST_CASE("a TAP that a process holds is left alone, whatever its name") {
  const PrivateNamespace apart;
  const Tap campus = open_tap("ec-campus", kCampusMac, 1500);
  const Tap inside = open_tap("ec-inside", kInsideMac, 1500);
  const Tap other = open_tap("ec-other", kPeerMac, 1500);

  CHECK(configure_local_stack(example()).empty());

  CHECK_NOTHROW(run("ip link show ec-other"));
}

TEST_CASE("a cluster address that was a stale one's secondary survives its removal") {
  const PrivateNamespace apart;
  const Tap campus = open_tap("ec-campus", kCampusMac, 1500);
  const Tap inside = open_tap("ec-inside", kInsideMac, 1500);
  run("ip address add 192.0.2.5/24 dev ec-campus; ip address add 192.0.2.1/24 dev ec-campus");

  CHECK(configure_local_stack(example()).empty());

  CHECK_THAT(run("ip -4 -o address show dev ec-campus"), Contains("192.0.2.1/24"));
}

TEST_CASE("a host's own default route is never displaced") {
  const PrivateNamespace apart;
  const Tap campus = open_tap("ec-campus", kCampusMac, 1500);
  const Tap inside = open_tap("ec-inside", kInsideMac, 1500);
  run("ip link add eth0 type veth peer name peer; ip link set eth0 up; ip address add "
      "172.16.0.2/24 dev eth0");
  run("ip route add default via 172.16.0.1");

  CHECK_THROWS_WITH(configure_local_stack(example()), Contains("the host has one already"));

  CHECK_THAT(run("ip route show default"), Contains("172.16.0.1"));
}

TEST_CASE("the kernel's own ports are slice 0, without the service ports in it") {
  const Gateway gateway;

  CHECK(run("cat /proc/sys/net/ipv4/ip_local_port_range") == "16384\t32767\n");
  CHECK(run("cat /proc/sys/net/ipv4/ip_local_reserved_ports") == "20048\n");
  CHECK(run("cat /proc/sys/net/ipv4/tcp_tw_reuse") == "1\n");
}

TEST_CASE("a kernel that forwards is warned of") {
  const Gateway gateway;
  run("echo 1 > /proc/sys/net/ipv4/ip_forward");

  const Lines warnings = configure_local_stack(example());

  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("ip_forward"));
}

}  // namespace
}  // namespace encluster::control
