// Class D: RSTs, from whichever side, genuine or blind, and those that the gateway sends.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "support/login_session.hpp"
#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr Seconds kSweep = 6;

}  // namespace

TEST_CASE("a RST from a remote reaches the node") {
  Gateway gateway;
  const LoginSession session(gateway);
  const Outcome out = gateway.from_remote(session.from_remote().rst().seq(5));
  CHECK(out.text == "192.0.2.101:1023 > 10.77.0.11:513 TCP R seq 5");
}

TEST_CASE("after a RST from outside the node is asked, and its answer keeps the connection") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_remote(session.from_remote().rst());
  const Extras probes = gateway.pass(switching::kResetLife + kSweep);
  REQUIRE(probes.size() == 1);
  CHECK(probes[0].packet.destination == session.address());
  CHECK(gateway.from_node(session.from_node().ack(1)).verdict == Verdict::forward);
  gateway.pass(2 * switching::kIdleLife);
  CHECK(gateway.from_remote(session.from_remote().ack().payload("w")).packet.node ==
        session.node());
}

TEST_CASE("an idle login survives any number of blind RSTs") {
  Gateway gateway;
  const LoginSession session(gateway);
  for (int minute = 0; minute < 60; ++minute) {
    gateway.from_remote(session.from_remote().rst().seq(static_cast<std::uint32_t>(minute)));
    for (Seconds second = 0; second < 60; ++second) {
      for (const Outcome& probe : gateway.pass(1)) {
        CHECK(probe.packet.destination == session.address());
        gateway.from_node(session.from_node().ack(1));
      }
    }
  }
  CHECK(gateway.connections().size() == 1);
  CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == session.node());
}

TEST_CASE("a login survives blind RSTs that come faster than the node is asked") {
  Gateway gateway;
  const LoginSession session(gateway);
  for (Seconds second = 0; second < 120; ++second) {
    gateway.from_remote(session.from_remote().rst().seq(second));
    for (std::size_t probes = gateway.pass(1).size(); probes != 0; --probes) {
      gateway.from_node(session.from_node().ack(1));
    }
  }
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("the node's data after a blind RST keeps the connection without a question") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_remote(session.from_remote().rst());
  gateway.from_node(session.from_node().ack().payload("w"));
  CHECK(gateway.pass(60).empty());
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a genuine RST from outside ends the connection when the node answers by RST") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_remote(session.from_remote().rst());
  REQUIRE(gateway.pass(switching::kResetLife + kSweep).size() == 1);
  gateway.from_node(session.from_node().rst());
  gateway.pass(switching::kResetLife + kSweep);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a RST from outside that the node has nothing to say about ends the connection") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_remote(session.from_remote().rst());
  gateway.pass(2 * switching::kResetLife + 2 * kSweep);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a node that could not be asked for want of buffers is asked later") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.exhaust_buffers(true);
  gateway.from_remote(session.from_remote().rst());
  CHECK(gateway.pass(5 * switching::kResetLife).empty());
  CHECK(gateway.counters().probes_sent.value() == 0);
  gateway.exhaust_buffers(false);
  CHECK(gateway.pass(switching::kResetLife + kSweep).size() == 1);
  gateway.from_node(session.from_node().ack(1));
  gateway.pass(60);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a blind RST and a blind SYN together do not cut an idle login") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_remote(session.from_remote().rst());
  CHECK(gateway.from_remote(session.from_remote().syn().seq(66)).packet.node == session.node());
  // RFC 5961: the node answers a SYN on a living connection by an acknowledgment.
  gateway.from_node(session.from_node().ack(1));
  gateway.pass(switching::kEmbryonicLife + kSweep);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a RST from the node reaches the remote, and the connection goes") {
  Gateway gateway;
  const LoginSession session(gateway);
  const Outcome out = gateway.from_node(session.from_node().rst().seq(5));
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP R seq 5");
  CHECK(gateway.pass(switching::kResetLife + kSweep).empty());
  CHECK(gateway.connections().empty());
}

TEST_CASE("a refused SYN frees its record in seconds") {
  Gateway gateway;
  const LoginSession session;
  gateway.from_remote(session.from_remote().syn());
  gateway.from_node(session.from_node().rst().ack(1));
  gateway.pass(switching::kResetLife + kSweep);
  CHECK(gateway.connections().empty());
  CHECK(gateway.pipeline().connections().embryonic() == 0);
}

TEST_CASE("a SYN after a remote's RST opens the connection again at the same node") {
  Gateway gateway;
  LoginSession session(gateway);
  gateway.from_remote(session.from_remote().rst());
  CHECK(session.open(gateway).packet.node == NodeId(1));
  gateway.pass(switching::kEmbryonicLife + kSweep);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a SYN after the node's RST is scheduled anew") {
  Gateway gateway;
  LoginSession session(gateway);
  gateway.from_node(session.from_node().rst());
  CHECK(session.open(gateway).packet.node == NodeId(2));
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a segment without a connection is answered by a RST at its acknowledgment") {
  Gateway gateway;
  const Outcome out =
      gateway.from_remote(LoginSession().from_remote().seq(100).ack(200).payload("data"));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::no_connection);
  CHECK(out.egress == 0);
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP R seq 200");
  CHECK(checksums_ok(out.frame));
  const auto& ethernet = *reinterpret_cast<const net::EthernetHeader*>(out.frame.data());
  CHECK(ethernet.destination == mac_of(kRouter));
  CHECK(ethernet.source == kOutsideMac);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a stray FIN is answered by a RST") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(LoginSession().from_remote().fin().seq(3).ack(8));
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP R seq 8");
}

TEST_CASE("a stray SYN-ACK is answered by a RST and scheduled nowhere") {
  Gateway gateway;
  const Outcome out = gateway.from_remote(LoginSession().from_remote().syn().seq(3).ack(8));
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP R seq 8");
  CHECK(gateway.connections().empty());
}

TEST_CASE("a RST without a connection is never answered") {
  Gateway gateway;
  for (const bool acknowledges : {false, true}) {
    PacketBuilder segment = LoginSession().from_remote().rst();
    if (acknowledges) segment.ack(5);
    const Outcome out = gateway.from_remote(segment);
    CHECK(out.verdict == Verdict::drop);
    CHECK(out.reason == DropReason::no_connection);
  }
}

TEST_CASE("resets that the gateway sends are counted") {
  Gateway gateway;
  gateway.from_remote(LoginSession().from_remote().ack(200));
  CHECK(gateway.counters().resets_sent.value() == 1);
  gateway.from_remote(LoginSession().from_remote().rst());
  CHECK(gateway.counters().resets_sent.value() == 1);
}
