// Every packet tells which rule decided about it.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

Rule inbound(Gateway& gateway, const PacketBuilder& builder) {
  return gateway.from_remote(builder).packet.rule;
}
Rule outbound(Gateway& gateway, const PacketBuilder& builder) {
  return gateway.from_node(builder).packet.rule;
}

}  // namespace

TEST_CASE("an inbound packet names what found its node") {
  Gateway gateway;
  CHECK(inbound(gateway, udp().from(kRemote, 7).to(kBeta, 7)) == Rule::admission);
  CHECK(inbound(gateway, tcp().from(kRemote, 1023).to(kCluster, 513).syn()) ==
        Rule::message_switch);
  CHECK(inbound(gateway, tcp().from(kRemote, 1023).to(kCluster, 513).ack()) == Rule::connection);
  CHECK(inbound(gateway, tcp().from(kRemote, 9000).to(kCluster, 5432).syn()) ==
        Rule::message_switch);
  CHECK(inbound(gateway, udp().from(kRemote, 9000).to(kCluster, kBetaSlice)) == Rule::slice);
  CHECK(inbound(gateway, udp().from(kRemote, 9000).to(kCluster, 111)) == Rule::local_stack);
  CHECK(inbound(gateway, icmp_echo_request().from(kRemote).to(kCluster)) == Rule::local_stack);
}

TEST_CASE("an announced connection names its expectation") {
  Gateway gateway;
  const auto rsh = [] { return tcp().from(kAlpha, 1022).to(kRemote, 514); };
  gateway.from_node(rsh().syn().seq(100));
  gateway.from_node(rsh().ack().seq(101).payload("1021\0"));
  CHECK(inbound(gateway, tcp().from(kRemote, 1000).to(kCluster, 1021).syn()) == Rule::expectation);
  CHECK(inbound(gateway, tcp().from(kRemote, 1000).to(kCluster, 1021).ack()) == Rule::connection);
}

TEST_CASE("an outbound packet names what gave it its port") {
  Gateway gateway;
  CHECK(outbound(gateway, tcp().from(kAlpha, kAlphaSlice).to(kRemote, 80).syn()) == Rule::slice);
  CHECK(outbound(gateway, tcp().from(kAlpha, kBetaSlice).to(kRemote, 80).syn()) == Rule::slice);
  CHECK(outbound(gateway, tcp().from(kAlpha, 1023).to(kRemote, 514).syn()) == Rule::claim);
  CHECK(outbound(gateway, tcp().from(kAlpha, 1023).to(kRemote, 514).ack()) == Rule::connection);
  CHECK(outbound(gateway, tcp().from(kBeta, 1023).to(kRemote, 514).ack()) == Rule::connection);
  CHECK(outbound(gateway, tcp().from(kBeta, 1000).to(kRemote, 514).ack()) == Rule::unclaimed);
  CHECK(outbound(gateway, tcp().from(kBeta, 5432).to(kRemote, 9).ack()) == Rule::message_switch);
  CHECK(outbound(gateway, udp().from(kBeta, 600).to(kRemote, 9)) == Rule::claim);
  CHECK(outbound(gateway, udp().from(kBeta, 600).to(kRemote, 9)) == Rule::connection);
  CHECK(outbound(gateway, icmp_echo_request().from(kBeta).to(kRemote).identifier(4)) ==
        Rule::claim);
  CHECK(outbound(gateway, icmp_echo_reply().from(kBeta).to(kRemote)) == Rule::unclaimed);
}

TEST_CASE("later fragments name their first, and errors what they quote") {
  Gateway gateway;
  const auto datagram = [] {
    return udp().from(kRemote, 9000).to(kCluster, kBetaSlice).payload(std::string(64, 'x'));
  };
  CHECK(inbound(gateway, datagram().fragment(0, true, 32)) == Rule::slice);
  CHECK(inbound(gateway, datagram().fragment(32, false)) == Rule::fragment);
  const Frame quoted = tcp().from(kRemote, 80).to(kAlpha, kAlphaSlice).ack().build();
  CHECK(outbound(gateway, icmp_error(3, 3, quoted).from(kAlpha).to(kRemote)) == Rule::quote);
  const Frame returned = tcp().from(kCluster, kAlphaSlice).to(kRemote, 80).ack().build();
  CHECK(inbound(gateway, icmp_error(3, 3, returned).from(kRemote).to(kCluster)) == Rule::slice);
}

TEST_CASE("a node that addresses the cluster learns what found the other end") {
  Gateway gateway;
  CHECK(outbound(gateway, tcp().from(kAlpha, kAlphaSlice).to(kCluster, 5432).syn()) ==
        Rule::message_switch);
  CHECK(outbound(gateway, tcp().from(kAlpha, kAlphaSlice).to(kCluster, 8080).syn()) ==
        Rule::local_stack);
}
