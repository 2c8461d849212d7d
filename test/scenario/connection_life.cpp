// Class D: every state of a TCP connection's life, from SYN to lingering.
#include "switching/connection_life.hpp"

#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "support/login_session.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

/// The sweep over the table takes up to this long after a deadline.
constexpr Seconds kSweep = 6;
constexpr Seconds kHour = 3600;

Frame as_received(const PacketBuilder& builder) {
  return PacketBuilder(builder).macs(mac_of(kRouter), kOutsideMac).build();
}

}  // namespace

TEST_CASE("a repeated SYN goes where the first went") {
  Gateway gateway;
  LoginSession session;
  const Outcome first = gateway.from_remote(session.from_remote().syn());
  gateway.pass(3);
  const Outcome again = gateway.from_remote(session.from_remote().syn());
  CHECK(again.text == first.text);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a SYN repeated within one burst goes where the first went") {
  Gateway gateway;
  const LoginSession session;
  const auto outcomes = gateway.receive_burst(
      {as_received(session.from_remote().syn()), as_received(session.from_remote().syn())},
      Origin::network);
  CHECK(outcomes[0].packet.node == NodeId(1));
  CHECK(outcomes[1].text == outcomes[0].text);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a burst of SYNs is spread over the nodes") {
  Gateway gateway;
  std::vector<Frame> burst;
  for (std::uint16_t port = 1000; port < 1000 + kMaxBurst; ++port) {
    burst.push_back(as_received(LoginSession(port).from_remote().syn()));
  }
  std::array<int, 4> sessions{};
  for (const Outcome& out : gateway.receive_burst(std::move(burst), Origin::network)) {
    CHECK(out.verdict == Verdict::forward);
    ++sessions[out.packet.node.value()];
  }
  CHECK(sessions == std::array{0, 22, 21, 21});
}

TEST_CASE("an unanswered SYN expires after a minute, and the next one is scheduled afresh") {
  Gateway gateway;
  const LoginSession session;
  gateway.from_remote(session.from_remote().syn());
  gateway.pass(switching::kEmbryonicLife);
  CHECK(gateway.connections().size() == 1);
  gateway.pass(kSweep);
  CHECK(gateway.connections().empty());
  CHECK(gateway.from_remote(session.from_remote().syn()).packet.node == NodeId(2));
}

TEST_CASE("repeating a SYN does not prolong its minute") {
  Gateway gateway;
  const LoginSession session;
  for (int i = 0; i < 6; ++i) {
    gateway.from_remote(session.from_remote().syn());
    gateway.pass(10);
  }
  gateway.pass(kSweep);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a SYN that only the node answered expires like an unanswered one") {
  // Otherwise a flood of SYNs from forged addresses, which nodes answer, would fill the table with
  // records that last for hours.
  Gateway gateway;
  const LoginSession session;
  gateway.from_remote(session.from_remote().syn());
  gateway.from_node(session.from_node().syn().ack(1));
  CHECK(gateway.pipeline().connections().embryonic() == 1);
  gateway.pass(switching::kEmbryonicLife + kSweep);
  CHECK(gateway.connections().empty());
}

TEST_CASE("the remote's acknowledgment of the node's SYN makes the connection last") {
  Gateway gateway;
  const LoginSession session(gateway);
  CHECK(gateway.pipeline().connections().embryonic() == 0);
  gateway.pass(switching::kEmbryonicLife + kSweep);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("data follows the connection in both directions") {
  Gateway gateway;
  const LoginSession session(gateway);
  const Outcome in = gateway.from_remote(session.from_remote().seq(1).ack(1).payload("ls\r"));
  CHECK(in.text == "192.0.2.101:1023 > 10.77.0.11:513 TCP A seq 1 ack 1 len 3");
  const Outcome out = gateway.from_node(session.from_node().seq(1).ack(4).payload("file"));
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP A seq 1 ack 4 len 4");
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("after the remote's FIN the node goes on sending for hours") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_remote(session.from_remote().fin().ack());
  for (int hour = 0; hour < 6; ++hour) {
    gateway.pass(kHour);
    const Outcome out = gateway.from_node(session.from_node().ack(2).payload("late"));
    CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP A seq 0 ack 2 len 4");
    CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == session.node());
  }
}

TEST_CASE("after the node's FIN the remote goes on sending for hours") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_node(session.from_node().fin().ack());
  for (int hour = 0; hour < 6; ++hour) {
    gateway.pass(kHour);
    CHECK(gateway.from_remote(session.from_remote().ack().payload("x")).packet.node ==
          session.node());
  }
}

TEST_CASE("after the remote's FIN a silent node may read for a day") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_remote(session.from_remote().fin().ack());
  gateway.pass(24 * kHour);
  CHECK(gateway.from_node(session.from_node().ack(2).payload("late")).verdict == Verdict::forward);
  CHECK(gateway.from_remote(session.from_remote().ack(5)).packet.node == session.node());
}

TEST_CASE("after both FINs the connection lingers for two minutes") {
  Gateway gateway;
  LoginSession session(gateway);
  session.close(gateway);
  gateway.pass(switching::kLingerLife - 1);
  CHECK(gateway.from_node(session.from_node().fin().ack()).verdict == Verdict::forward);
  CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == session.node());
}

TEST_CASE("a connection that lingered for two minutes is gone, without asking the node") {
  Gateway gateway;
  LoginSession session(gateway);
  session.close(gateway);
  const Extras probes = gateway.pass(switching::kLingerLife + kSweep);
  CHECK(probes.empty());
  CHECK(gateway.connections().empty());
  CHECK(gateway.from_remote(session.from_remote().ack()).reason == DropReason::no_connection);
}

TEST_CASE("both ends may close at once") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_node(session.from_node().fin().ack());
  const Outcome fin = gateway.from_remote(session.from_remote().fin().ack());
  CHECK(fin.packet.node == session.node());
  CHECK(gateway.from_node(session.from_node().ack(2)).verdict == Verdict::forward);
  CHECK(gateway.from_remote(session.from_remote().ack(2)).packet.node == session.node());
  gateway.pass(switching::kLingerLife + kSweep);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a SYN on a lingering connection is scheduled anew") {
  Gateway gateway;
  LoginSession session(gateway);
  session.close(gateway);
  CHECK(session.node() == NodeId(1));
  const Outcome again = session.open(gateway);
  CHECK(again.text == "192.0.2.101:1023 > 10.77.0.12:513 TCP S seq 0");
  gateway.pass(switching::kLingerLife + kSweep);
  CHECK(gateway.connections().size() == 1);
  CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == NodeId(2));
}

TEST_CASE("what the old node still sends on a connection that was opened anew is dropped") {
  Gateway gateway;
  LoginSession session(gateway);
  session.close(gateway);
  const LoginSession before = session;
  session.open(gateway);
  CHECK(gateway.from_node(before.from_node().fin().ack()).reason == DropReason::not_owner);
  CHECK(gateway.from_node(before.from_node().rst()).reason == DropReason::not_owner);
  CHECK(gateway.from_node(session.from_node().ack()).verdict == Verdict::forward);
}

TEST_CASE("a SYN on a half-closed connection goes to the node that has it") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.from_remote(session.from_remote().fin().ack());
  CHECK(gateway.from_remote(session.from_remote().syn().seq(9)).packet.node == session.node());
  CHECK(gateway.from_node(session.from_node().ack()).verdict == Verdict::forward);
}

TEST_CASE("a SYN on a living connection changes nothing") {
  Gateway gateway;
  const LoginSession session(gateway);
  CHECK(gateway.from_remote(session.from_remote().syn().seq(77)).packet.node == session.node());
  gateway.pass(switching::kEmbryonicLife + kSweep);
  CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == session.node());
}

TEST_CASE("an idle login lives for days, and its node is asked every two hours") {
  Gateway gateway;
  const LoginSession session(gateway);
  std::size_t probes = 0;
  for (int minute = 0; minute < 72 * 60; ++minute) {
    for (const Outcome& probe : gateway.pass(60)) {
      ++probes;
      CHECK(probe.packet.node == session.node());
      gateway.from_node(session.from_node().ack(1));
    }
  }
  CHECK(probes == 35);
  CHECK(gateway.from_remote(session.from_remote().ack().payload("w")).packet.node ==
        session.node());
}

TEST_CASE("with ask_idle_after, an idle login's node is asked that often, and the login lives") {
  constexpr Seconds kAsk = 60;
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) { state.ask_idle_after = kAsk; });
  const LoginSession session(gateway);
  CHECK(gateway.pass(kAsk - 1).empty());
  std::size_t probes = 0;
  for (Seconds second = 0; second < 100 * kAsk; ++second) {
    if (gateway.pass(1).empty()) continue;
    ++probes;
    CHECK(gateway.from_node(session.from_node().ack(1)).verdict == Verdict::forward);
  }
  CHECK(probes <= 100);
  CHECK(probes >= 100 * kAsk / (kAsk + kSweep));
  CHECK(gateway.from_remote(session.from_remote().ack().payload("w")).packet.node ==
        session.node());
  gateway.pass(kAsk + kSweep);
  gateway.from_node(session.from_node().rst());
  gateway.pass(switching::kResetLife + kSweep);
  CHECK(gateway.connections().empty());
}

TEST_CASE("ask_idle_after is for open connections: others live as long as ever") {
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) { state.ask_idle_after = 30; });
  LoginSession closed(gateway);
  closed.close(gateway);
  gateway.pass(switching::kLingerLife - 1);
  CHECK(gateway.connections().size() == 1);
  gateway.from_remote(LoginSession(1000).from_remote().syn());
  gateway.pass(switching::kEmbryonicLife - 1);
  CHECK(gateway.connections().size() == 1);
  CHECK(gateway.counters().probes_sent.value() == 0);
}

TEST_CASE("an aggressive ask_idle_after also finds what was idle before it was set") {
  Gateway gateway;
  const LoginSession session(gateway);
  CHECK(gateway.pass(kHour).empty());
  gateway.change([](switching::ClusterState& state) { state.ask_idle_after = kHour / 2; });
  CHECK(gateway.pass(kSweep).size() == 1);
}

TEST_CASE("the question to a node is a bare segment that no peer would send now") {
  Gateway gateway;
  const LoginSession session(gateway);
  const Extras probes = gateway.pass(switching::kIdleLife + kSweep);
  REQUIRE(probes.size() == 1);
  const Outcome& probe = probes.front();
  CHECK(probe.verdict == Verdict::forward);
  CHECK(probe.egress == kInterconnect);
  CHECK(probe.packet.source == kRemote);
  CHECK(probe.packet.source_port == PortNumber(std::uint16_t{1023}));
  CHECK(probe.packet.destination == session.address());
  CHECK(probe.packet.destination_port == PortNumber(std::uint16_t{513}));
  CHECK(probe.packet.tcp_flags == tcp_flag::ack);
  CHECK(payload_of(probe.frame).empty());
  CHECK(checksums_ok(probe.frame));
  const auto& ethernet = *reinterpret_cast<const net::EthernetHeader*>(probe.frame.data());
  CHECK(ethernet.source == kInsideMac);
  CHECK(ethernet.destination == mac_of(session.address()));
  CHECK(gateway.counters().probes_sent.value() == 1);
}

TEST_CASE("an idle connection that its node does not know any more goes") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.pass(switching::kIdleLife + kSweep);
  gateway.from_node(session.from_node().rst());
  gateway.pass(switching::kResetLife + kSweep);
  CHECK(gateway.connections().empty());
}

TEST_CASE("traffic puts the question off") {
  Gateway gateway;
  const LoginSession session(gateway);
  for (int hour = 0; hour < 10; ++hour) {
    CHECK(gateway.pass(kHour).empty());
    gateway.from_remote(session.from_remote().ack().payload("w"));
  }
}
