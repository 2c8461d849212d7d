// rsh and rexec from nodes to remotes: the remote connects back to the port that the client
// announced, and the gateway knows whose that is.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::uint32_t kInitialSequence = 1000;

PacketBuilder client(Ipv4Address node, std::uint16_t port = 1023) {
  return tcp().from(node, port).to(kRemote, 514);
}

/// A node's connection to the remote's rshd, up to the announcement.
template <std::size_t Size>
Outcome announce(Gateway& gateway, Ipv4Address node, const char (&port)[Size],
                 std::uint16_t own_port = 1023) {
  gateway.from_node(client(node, own_port).syn().seq(kInitialSequence));
  gateway.from_node(client(node, own_port).ack(1).seq(kInitialSequence + 1));
  return gateway.from_node(
      client(node, own_port).psh().ack(1).seq(kInitialSequence + 1).payload(port));
}

/// The remote's second connection.
PacketBuilder second(std::uint16_t to, std::uint16_t from = 1023) {
  return tcp().from(kRemote, from).to(kCluster, to);
}

}  // namespace

TEST_CASE("a node's announcement is forwarded as it is") {
  Gateway gateway;
  const Outcome out = announce(gateway, kAlpha, "1022\0");
  CHECK(out.verdict == Verdict::forward);
  CHECK(payload_of(out.frame) == std::string("1022\0", 5));
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.counters().announcements.value() == 1);
  CHECK(gateway.counters().announcements_replaced.value() == 0);
}

TEST_CASE("the remote's SYN to the announced port goes to the node, from whatever port it comes") {
  for (const int from : {1023, 512, 40000}) {
    Gateway gateway;
    announce(gateway, kAlpha, "1022\0");
    const auto port = static_cast<std::uint16_t>(from);
    const Outcome out = gateway.from_remote(second(1022, port).syn().seq(4));
    CHECK(out.text == "192.0.2.101:" + std::to_string(from) + " > 10.77.0.11:1022 TCP S seq 4");
    CHECK(checksums_ok(out.frame));
  }
}

TEST_CASE("the second connection is known from then on, in both directions") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0");
  gateway.from_remote(second(1022).syn());
  const Outcome answer =
      gateway.from_node(tcp().from(kAlpha, 1022).to(kRemote, 1023).syn().ack(1).seq(3));
  CHECK(answer.text == "192.0.2.1:1022 > 192.0.2.101:1023 TCP SA seq 3 ack 1");
  CHECK(gateway.from_remote(second(1022).ack(4).payload("error")).text ==
        "192.0.2.101:1023 > 10.77.0.11:1022 TCP A seq 0 ack 4 len 5");
  CHECK(gateway.from_remote(second(1022).fin().ack(4)).packet.node == NodeId(1));
}

TEST_CASE("the second connection lives for hours after the first one's words were forgotten") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0");
  gateway.from_remote(second(1022).syn());
  gateway.from_node(tcp().from(kAlpha, 1022).to(kRemote, 1023).syn().ack(1));
  gateway.from_remote(second(1022).ack(1));
  gateway.pass(3 * 3600);
  CHECK(gateway.from_remote(second(1022).ack(4).payload("late")).packet.node == NodeId(1));
}

TEST_CASE("a repeated SYN of the second connection goes where the first went") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0");
  gateway.from_remote(second(1022).syn());
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
  CHECK(gateway.from_remote(second(1022).syn()).verdict == Verdict::forward);
}

TEST_CASE("an announced port takes one connection") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0");
  gateway.from_remote(second(1022, 1023).syn());
  const Outcome other = gateway.from_remote(second(1022, 1021).syn());
  CHECK(other.verdict == Verdict::local);
}

TEST_CASE("only the remote that was told may connect to the announced port") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0");
  CHECK(gateway.from_remote(tcp().from(kFarRemote, 1023).to(kCluster, 1022).syn()).verdict ==
        Verdict::local);
  CHECK(gateway.from_remote(second(1022).syn()).verdict == Verdict::forward);
}

TEST_CASE("only a SYN opens the second connection") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0");
  for (const auto& segment : {second(1022).ack(1), second(1022).syn().ack(1), second(1022).rst()}) {
    CHECK(gateway.from_remote(segment).verdict == Verdict::local);
  }
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
}

TEST_CASE("a second connection is awaited for a minute") {
  for (const bool late : {false, true}) {
    Gateway gateway;
    announce(gateway, kAlpha, "1022\0");
    gateway.pass(late ? 75 : 59);
    CHECK(gateway.from_remote(second(1022).syn()).verdict ==
          (late ? Verdict::local : Verdict::forward));
  }
}

TEST_CASE("an announcement is followed if it comes within a minute of the SYN") {
  Gateway gateway;
  gateway.from_node(client(kAlpha).syn().seq(kInitialSequence));
  gateway.from_remote(tcp().from(kRemote, 514).to(kCluster, 1023).syn().ack());
  gateway.pass(50);
  gateway.from_node(client(kAlpha).ack(1).seq(kInitialSequence + 1).payload("1022\0"));
  gateway.pass(50);
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
}

TEST_CASE("different remotes may be told the same port by different nodes") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0");
  gateway.from_node(client(kBeta).to(kFarRemote, 514).syn().seq(kInitialSequence));
  const Outcome out = gateway.from_node(
      client(kBeta).to(kFarRemote, 514).ack(1).seq(kInitialSequence + 1).payload("1022\0"));
  CHECK(payload_of(out.frame) == std::string("1022\0", 5));
  CHECK(gateway.from_remote(tcp().from(kFarRemote, 1023).to(kCluster, 1022).syn()).packet.node ==
        NodeId(2));
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
}

TEST_CASE("a node that announces a port again takes it over from its older session") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0", 1023);
  const Outcome out = announce(gateway, kAlpha, "1022\0", 1021);
  CHECK(payload_of(out.frame) == std::string("1022\0", 5));
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
  CHECK(gateway.from_remote(second(1022, 1000).syn()).verdict == Verdict::local);
}

TEST_CASE("a session from a renumbered port is followed under the port that the remote sees") {
  Gateway gateway;
  gateway.from_node(client(kBeta).syn());
  const Outcome out = announce(gateway, kAlpha, "1021\0");
  CHECK(out.text == "192.0.2.1:1022 > 192.0.2.101:514 TCP PA seq 1001 ack 1 len 5");
  CHECK(gateway.from_remote(second(1021).syn()).text ==
        "192.0.2.101:1023 > 10.77.0.11:1021 TCP S seq 0");
}

TEST_CASE("rexec announces a port of the node's own slice, which needs no help") {
  Gateway gateway;
  const auto rexec = tcp().from(kBeta, kBetaSlice).to(kRemote, 512);
  gateway.from_node(PacketBuilder(rexec).syn().seq(kInitialSequence));
  const Outcome out =
      gateway.from_node(PacketBuilder(rexec).ack(1).seq(kInitialSequence + 1).payload("32769\0"));
  CHECK(payload_of(out.frame) == std::string("32769\0", 6));
  CHECK(gateway.from_remote(second(32769).syn()).packet.node == NodeId(2));
  CHECK(gateway.connections().empty());
}

TEST_CASE("an announced port of a slice is open though the network denies SYNs to dynamic ports") {
  Gateway gateway;
  gateway.change([](switching::ClusterState& state) { state.networks[0].dynamic_syn = false; });
  CHECK(gateway.from_remote(second(32769).syn()).reason == DropReason::dynamic_syn_denied);
  const auto rexec = tcp().from(kBeta, kBetaSlice).to(kRemote, 512);
  gateway.from_node(PacketBuilder(rexec).syn().seq(kInitialSequence));
  gateway.from_node(PacketBuilder(rexec).ack(1).seq(kInitialSequence + 1).payload("32769\0"));
  CHECK(gateway.from_remote(second(32769).syn()).packet.node == NodeId(2));
  CHECK(gateway.from_remote(second(32770).syn()).reason == DropReason::dynamic_syn_denied);
  CHECK(gateway.from_remote(tcp().from(kFarRemote, 9).to(kCluster, 32769).syn()).reason ==
        DropReason::dynamic_syn_denied);
}

TEST_CASE("other services' first words are nobody's business") {
  Gateway gateway;
  const auto other = tcp().from(kAlpha, 1023).to(kRemote, 515);
  gateway.from_node(PacketBuilder(other).syn().seq(kInitialSequence));
  gateway.from_node(PacketBuilder(other).ack(1).seq(kInitialSequence + 1).payload("1022\0"));
  CHECK(gateway.from_remote(second(1022).syn()).verdict == Verdict::local);
}

TEST_CASE("the gateway's own rsh hears its second connection") {
  Gateway gateway;
  const auto own = tcp().from(kCluster, 1023).to(kRemote, 514);
  gateway.from_kernel(PacketBuilder(own).syn().seq(kInitialSequence));
  gateway.from_kernel(PacketBuilder(own).ack(1).seq(kInitialSequence + 1).payload("1022\0"));
  CHECK(gateway.from_remote(second(1022).syn()).verdict == Verdict::local);
  CHECK(gateway.connections().size() == 2);
  CHECK(gateway.from_kernel(tcp().from(kCluster, 1022).to(kRemote, 1023).syn().ack(1)).verdict ==
        Verdict::forward);
}

TEST_CASE("an announced connection on a lingering one of another node goes to who awaits it") {
  Gateway gateway;
  announce(gateway, kBeta, "1022\0");
  gateway.from_remote(second(1022).syn());
  gateway.from_node(tcp().from(kBeta, 1022).to(kRemote, 1023).rst());
  announce(gateway, kAlpha, "1022\0", 1020);
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
  CHECK(gateway.from_remote(second(1022, 1000).syn()).verdict == Verdict::local);
}

TEST_CASE("an announced connection on a lingering one of the same node is a new one") {
  Gateway gateway;
  announce(gateway, kAlpha, "1022\0");
  gateway.from_remote(second(1022).syn());
  gateway.from_node(tcp().from(kAlpha, 1022).to(kRemote, 1023).syn().ack(1));
  gateway.from_remote(second(1022).fin().ack(1));
  gateway.from_node(tcp().from(kAlpha, 1022).to(kRemote, 1023).fin().ack(1));
  announce(gateway, kAlpha, "1022\0", 1021);
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
  // It has come: the port is free for another node's announcement.
  const Outcome out = announce(gateway, kBeta, "1022\0", 1020);
  CHECK(payload_of(out.frame) == std::string("1022\0", 5));
}

TEST_CASE("an awaited connection to a node that was removed is the gateway's own") {
  Gateway gateway;
  announce(gateway, kGamma, "1022\0");
  gateway.change([](switching::ClusterState& state) { state.nodes.pop_back(); });
  CHECK(gateway.from_remote(second(1022).syn()).verdict == Verdict::local);
}

TEST_CASE("an awaited connection is refused room when too many SYNs wait, and may try again") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.connections = {100, 1};
  Gateway gateway(example_cluster(), limits);
  announce(gateway, kAlpha, "1022\0");
  gateway.from_node(client(kAlpha, 900).syn());
  CHECK(gateway.from_remote(second(1022).syn()).reason == DropReason::embryonic_full);
  gateway.from_remote(tcp().from(kRemote, 514).to(kCluster, 900).syn().ack());
  CHECK(gateway.from_remote(second(1022).syn()).verdict == Verdict::forward);
}

TEST_CASE("a simulated announcement or second connection leaves no trace") {
  Gateway gateway;
  gateway.from_node(client(kAlpha).syn().seq(kInitialSequence));
  gateway.simulate(client(kAlpha).ack(1).seq(kInitialSequence + 1).payload("1022\0"),
                   Origin::interconnect);
  CHECK(gateway.from_remote(second(1022).syn()).verdict == Verdict::local);
  announce(gateway, kAlpha, "1022\0");
  CHECK(gateway.simulate(second(1022).syn(), Origin::network).text ==
        "192.0.2.101:1023 > 10.77.0.11:1022 TCP S seq 0");
  CHECK(gateway.connections().size() == 1);
  CHECK(gateway.from_remote(second(1022).syn()).packet.node == NodeId(1));
}
