// Ports that a node holds alone because its agent leased them: rows without a function.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::uint16_t kLeased = 700;

void lease(Gateway& gateway, std::uint16_t node, Protocol protocol = Protocol::udp,
           std::uint16_t port = kLeased) {
  gateway.change([&](switching::ClusterState& state) {
    state.leases.push_back({protocol, PortNumber(port), NodeId(node)});
  });
}

void end_leases(Gateway& gateway) {
  gateway.change([](switching::ClusterState& state) { state.leases.clear(); });
}

PacketBuilder call() { return udp().from(kRemote, 111).to(kCluster, kLeased).payload("call"); }
PacketBuilder sent_by(Ipv4Address node) {
  return udp().from(node, kLeased).to(kRemote, 111).payload("reply");
}

}  // namespace

TEST_CASE("a datagram to a leased port goes to its node, whoever spoke to the remote before") {
  Gateway gateway;
  gateway.from_node(sent_by(kBeta));
  lease(gateway, 1);
  const Outcome out = gateway.from_remote(call());
  CHECK(out.text == "192.0.2.101:111 > 10.77.0.11:700 UDP len 4");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("a datagram from a leased port leaves without an entry") {
  Gateway gateway;
  lease(gateway, 1);
  const Outcome out = gateway.from_node(sent_by(kAlpha));
  CHECK(out.text == "192.0.2.1:700 > 192.0.2.101:111 UDP len 5");
  CHECK(gateway.connections().empty());
}

TEST_CASE("a leased port is refused to other nodes") {
  Gateway gateway;
  lease(gateway, 1);
  const Outcome out = gateway.from_node(sent_by(kBeta));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::foreign_service);
  CHECK(out.text == "10.77.0.1 > 10.77.0.12 ICMP type 3 code 3");
}

TEST_CASE("a lease is of one protocol's port") {
  Gateway gateway;
  lease(gateway, 1);
  CHECK(gateway.from_remote(tcp().from(kRemote, 40000).to(kCluster, kLeased).syn()).verdict ==
        Verdict::local);
  CHECK(gateway.from_node(tcp().from(kBeta, kLeased).to(kRemote, 514).syn()).verdict ==
        Verdict::forward);
}

TEST_CASE("a leased TCP port takes connections from outside, and no other node opens any from it") {
  Gateway gateway;
  lease(gateway, 3, Protocol::tcp);
  const Outcome in = gateway.from_remote(tcp().from(kRemote, 40000).to(kCluster, kLeased).syn());
  CHECK(in.text == "192.0.2.101:40000 > 10.77.0.13:700 TCP S seq 0");
  const Outcome out = gateway.from_node(tcp().from(kBeta, kLeased).to(kRemote, 514).syn());
  CHECK(out.reason == DropReason::foreign_service);
}

TEST_CASE("a renumbered connection gets no leased port") {
  Gateway gateway;
  for (std::uint16_t port = 512; port < 1023; ++port) {
    const bool of_a_service = port <= 514;
    if (!of_a_service && port != 600) lease(gateway, 3, Protocol::tcp, port);
  }
  gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, 514).syn());
  const Outcome out = gateway.from_node(tcp().from(kBeta, 1023).to(kRemote, 514).syn());
  CHECK(out.text == "192.0.2.1:600 > 192.0.2.101:514 TCP S seq 0");
}

TEST_CASE("a port whose lease ended is any node's again, and the local stack's") {
  Gateway gateway;
  lease(gateway, 1);
  end_leases(gateway);
  CHECK(gateway.from_remote(call()).verdict == Verdict::local);
  CHECK(gateway.from_node(sent_by(kBeta)).verdict == Verdict::forward);
}

TEST_CASE("an error about a leased port's datagram reaches its node") {
  Gateway gateway;
  lease(gateway, 2);
  const Frame quoted = udp().from(kCluster, kLeased).to(kRemote, 111).payload("reply").build();
  const Outcome out =
      gateway.from_remote(icmp_error(3, 3, quoted).from(kRemote, 0).to(kCluster, 0));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.packet.node == NodeId(2));
}
