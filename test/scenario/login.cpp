// Class D: sessions of remotes on services that run on many nodes.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

TEST_CASE("the first SYN to a login service goes to a node, with the source unchanged") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).syn().seq(7));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "192.0.2.101:1023 > 10.77.0.11:513 TCP S seq 7");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("sessions are spread round robin over the nodes") {
  Gateway gateway;
  std::string nodes;
  for (std::uint16_t port = 1000; port < 1006; ++port) {
    const auto out = gateway.from_remote(tcp().from(kRemote, port).to(kCluster, 23).syn());
    nodes += std::to_string(out.packet.node.value());
  }
  CHECK(nodes == "123123");
}

TEST_CASE(
    "the node's answer leaves under the cluster's address, and the session follows its node") {
  Gateway gateway;
  gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  const Outcome answer =
      gateway.from_node(tcp().from(kAlpha, 513).to(kRemote, 1023).syn().ack(1).seq(9));
  CHECK(answer.verdict == Verdict::forward);
  CHECK(answer.egress == 0);
  CHECK(answer.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP SA seq 9 ack 1");
  CHECK(checksums_ok(answer.frame));
  const Outcome data =
      gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).ack(10).seq(1).payload("x"));
  CHECK(data.text == "192.0.2.101:1023 > 10.77.0.11:513 TCP A seq 1 ack 10 len 1");
}
