// When no privileged port is left towards a remote service.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

PacketBuilder out_of(Ipv4Address node, std::uint16_t port) {
  return tcp().from(node, port).to(kRemote, 514).syn();
}

/// Alpha claims every port from which rshd accepts a client.
void fill(Gateway& gateway) {
  for (std::uint16_t port = 512; port <= 1023; ++port) {
    REQUIRE(gateway.from_node(out_of(kAlpha, port)).verdict == Verdict::forward);
  }
}

}  // namespace

TEST_CASE("a loser for whom no privileged port is left is refused by a RST") {
  Gateway gateway;
  fill(gateway);
  const Outcome out = gateway.from_node(out_of(kBeta, 1023).seq(9));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::claim_exhausted);
  CHECK(out.text == "192.0.2.101:514 > 10.77.0.12:1023 TCP RA seq 0 ack 10");
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.connections().size() == 512);
}

TEST_CASE("exhaustion towards one remote's service is nobody else's") {
  Gateway gateway;
  fill(gateway);
  CHECK(gateway.from_node(out_of(kBeta, 1023).to(kFarRemote, 514)).verdict == Verdict::forward);
  CHECK(gateway.from_node(out_of(kBeta, 1023).to(kRemote, 513)).verdict == Verdict::forward);
}

TEST_CASE("the one port that is left is found") {
  Gateway gateway;
  fill(gateway);
  gateway.from_node(tcp().from(kAlpha, 700).to(kRemote, 514).rst());
  const Outcome out = gateway.from_node(out_of(kBeta, 1023));
  CHECK(out.text == "192.0.2.1:700 > 192.0.2.101:514 TCP S seq 0");
}

TEST_CASE("losers are never shown under a service's port") {
  Gateway gateway;
  for (std::uint16_t port = 515; port <= 1023; ++port) gateway.from_node(out_of(kAlpha, port));
  CHECK(gateway.from_node(out_of(kBeta, 1023)).reason == DropReason::claim_exhausted);
}

TEST_CASE("losers are never shown under a port of a slice") {
  switching::ClusterState state = example_cluster();
  // Slices of 64 ports: the gateway's starts at 768, gamma's ends at 1023.
  state.ports = {PortNumber(std::uint16_t{768}), 64};
  Gateway gateway(state);
  for (std::uint16_t port = 515; port < 768; ++port) gateway.from_node(out_of(kAlpha, port));
  CHECK(gateway.from_node(out_of(kBeta, 767)).reason == DropReason::claim_exhausted);
}

TEST_CASE("a claim that finds no port, simulated, is refused and takes none") {
  Gateway gateway;
  fill(gateway);
  const Outcome out = gateway.simulate(out_of(kBeta, 1023), Origin::interconnect);
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::claim_exhausted);
  CHECK(gateway.connections().size() == 512);
}
