// Two nodes claim one 4-tuple: the loser gets another port inside 512-1023, and is told nothing.
#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

PacketBuilder out_of(Ipv4Address node, std::uint16_t port = 1023) {
  return tcp().from(node, port).to(kRemote, 513);
}
PacketBuilder back_to(std::uint16_t port) { return tcp().from(kRemote, 513).to(kCluster, port); }

/// Alpha holds 1023; beta came second and is shown as 1022.
struct Collision {
  Collision() {
    gateway.from_node(out_of(kAlpha).syn());
    gateway.from_remote(back_to(1023).syn().ack());
    loser = gateway.from_node(out_of(kBeta).syn().seq(5));
  }
  Gateway gateway;
  Outcome loser;
};

std::size_t aliases_of(Gateway& gateway) {
  std::size_t count = 0;
  for (const auto& connection : gateway.connections()) {
    count += gateway.pipeline().connections().key_of(connection).alias ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("the loser of a collision is shown under the next lower port") {
  Collision collision;
  CHECK(collision.loser.verdict == Verdict::forward);
  CHECK(collision.loser.text == "192.0.2.1:1022 > 192.0.2.101:513 TCP S seq 5");
  CHECK(checksums_ok(collision.loser.frame));
  CHECK(collision.gateway.counters().claims_renumbered.value() == 1);
  CHECK(collision.gateway.counters().claims_granted.value() == 1);
}

TEST_CASE("answers to the loser's shown port arrive at its own port") {
  Collision collision;
  const Outcome answer = collision.gateway.from_remote(back_to(1022).syn().ack(6).seq(70));
  CHECK(answer.text == "192.0.2.101:513 > 10.77.0.12:1023 TCP SA seq 70 ack 6");
  CHECK(checksums_ok(answer.frame));
}

TEST_CASE("a loser's segments all leave under its shown port") {
  Collision collision;
  collision.gateway.from_remote(back_to(1022).syn().ack(6));
  for (const auto& segment : {out_of(kBeta).ack(1).seq(6), out_of(kBeta).ack(1).payload("x"),
                              out_of(kBeta).fin().ack(1), out_of(kBeta).rst()}) {
    const Outcome out = collision.gateway.from_node(segment);
    CHECK(out.text.rfind("192.0.2.1:1022 > 192.0.2.101:513 TCP", 0) == 0);
    CHECK(checksums_ok(out.frame));
  }
}

TEST_CASE("a loser's repeated SYN keeps its number") {
  Collision collision;
  const Outcome again = collision.gateway.from_node(out_of(kBeta).syn().seq(5));
  CHECK(again.text == collision.loser.text);
  CHECK(collision.gateway.counters().claims_renumbered.value() == 1);
}

TEST_CASE("a loser's number stays when the winner's connection has ended") {
  Collision collision;
  Gateway& gateway = collision.gateway;
  gateway.from_remote(back_to(1022).syn().ack());
  gateway.from_node(out_of(kAlpha).rst());
  gateway.pass(switching::kResetLife + 5);
  const Outcome out = gateway.from_node(out_of(kBeta).ack(1).payload("x"));
  CHECK(out.text == "192.0.2.1:1022 > 192.0.2.101:513 TCP A seq 0 ack 1 len 1");
  CHECK(gateway.from_remote(back_to(1022).ack(1)).text ==
        "192.0.2.101:513 > 10.77.0.12:1023 TCP A seq 0 ack 1");
}

TEST_CASE("two nodes' segments with equal ports reach their own connections") {
  Collision collision;
  Gateway& gateway = collision.gateway;
  gateway.from_remote(back_to(1022).syn().ack());
  CHECK(gateway.from_node(out_of(kAlpha).ack(1)).packet.rewritten_port.value() == 1023);
  CHECK(gateway.from_node(out_of(kBeta).ack(1)).packet.rewritten_port.value() == 1022);
  CHECK(gateway.from_remote(back_to(1023).ack(1)).packet.node == NodeId(1));
  CHECK(gateway.from_remote(back_to(1022).ack(1)).packet.node == NodeId(2));
}

TEST_CASE("a third node gets a third port") {
  Collision collision;
  const Outcome out = collision.gateway.from_node(out_of(kGamma).syn());
  CHECK(out.text == "192.0.2.1:1021 > 192.0.2.101:513 TCP S seq 0");
}

TEST_CASE("a node whose own port is shown as another's is renumbered in its turn") {
  Collision collision;
  const Outcome alpha = collision.gateway.from_node(out_of(kAlpha, 1022).syn());
  CHECK(alpha.text == "192.0.2.1:1021 > 192.0.2.101:513 TCP S seq 0");
  const Outcome beta = collision.gateway.from_node(out_of(kBeta, 1022).syn());
  CHECK(beta.text == "192.0.2.1:1020 > 192.0.2.101:513 TCP S seq 0");
  CHECK(collision.gateway.from_remote(back_to(1021).syn().ack()).text ==
        "192.0.2.101:513 > 10.77.0.11:1022 TCP SA seq 0 ack 0");
  CHECK(collision.gateway.from_remote(back_to(1020).syn().ack()).text ==
        "192.0.2.101:513 > 10.77.0.12:1022 TCP SA seq 0 ack 0");
}

TEST_CASE("numbers go round from 512 to 1023") {
  Gateway gateway;
  gateway.from_node(tcp().from(kAlpha, 515).to(kRemote, 513).syn());
  const Outcome out = gateway.from_node(tcp().from(kBeta, 515).to(kRemote, 513).syn());
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:513 TCP S seq 0");
}

TEST_CASE("a loser's record and its alias end together") {
  Collision collision;
  Gateway& gateway = collision.gateway;
  gateway.from_remote(back_to(1022).syn().ack());
  CHECK(aliases_of(gateway) == 1);
  gateway.from_node(out_of(kBeta).fin().ack());
  gateway.from_remote(back_to(1022).fin().ack());
  gateway.pass(switching::kLingerLife + switching::kAliasLife + 10);
  CHECK(aliases_of(gateway) == 0);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("an alias lives as long as its connection, however silent") {
  Collision collision;
  Gateway& gateway = collision.gateway;
  gateway.from_remote(back_to(1022).syn().ack());
  gateway.pass(7000);
  CHECK(gateway.from_node(out_of(kBeta).ack(1)).text ==
        "192.0.2.1:1022 > 192.0.2.101:513 TCP A seq 0 ack 1");
}

TEST_CASE("a loser that connects again after both FINs keeps its number") {
  Collision collision;
  Gateway& gateway = collision.gateway;
  gateway.from_remote(back_to(1022).syn().ack());
  gateway.from_node(out_of(kBeta).fin().ack());
  gateway.from_remote(back_to(1022).fin().ack());
  const Outcome out = gateway.from_node(out_of(kBeta).syn().seq(500));
  CHECK(out.text == "192.0.2.1:1022 > 192.0.2.101:513 TCP S seq 500");
}

TEST_CASE("a lingering loser's number can be another node's next port") {
  Collision collision;
  Gateway& gateway = collision.gateway;
  gateway.from_remote(back_to(1022).syn().ack());
  gateway.from_node(out_of(kBeta).rst());
  CHECK(gateway.from_node(out_of(kGamma, 1022).syn()).text ==
        "192.0.2.1:1022 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.from_remote(back_to(1022).syn().ack()).text ==
        "192.0.2.101:513 > 10.77.0.13:1022 TCP SA seq 0 ack 0");
  // The alias still leads there, but the connection is no longer the loser's.
  CHECK(gateway.from_node(out_of(kBeta).ack(1)).reason == DropReason::not_owner);
  CHECK(gateway.from_node(out_of(kBeta).syn()).text ==
        "192.0.2.1:1021 > 192.0.2.101:513 TCP S seq 0");
}

TEST_CASE("losers whose claims nobody answers leave nothing behind") {
  Collision collision;
  Gateway& gateway = collision.gateway;
  gateway.from_node(out_of(kAlpha).rst());
  gateway.pass(switching::kEmbryonicLife + switching::kAliasLife + 10);
  CHECK(gateway.connections().empty());
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("a loser with an unprivileged port outside all slices is refused by a RST") {
  Gateway gateway;
  gateway.from_node(out_of(kAlpha, 5000).syn());
  const Outcome out = gateway.from_node(out_of(kBeta, 5000).syn().seq(41));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::claim_refused);
  CHECK(out.text == "192.0.2.101:513 > 10.77.0.12:5000 TCP RA seq 0 ack 42");
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a loser with a port below 512 is refused: rshd would not tell it from another") {
  Gateway gateway;
  for (const int port : {20, 511}) {
    const auto number = static_cast<std::uint16_t>(port);
    gateway.from_node(out_of(kAlpha, number).syn());
    CHECK(gateway.from_node(out_of(kBeta, number).syn()).reason == DropReason::claim_refused);
  }
}

TEST_CASE("a claim that would be renumbered, simulated, shows the port and takes none") {
  Gateway gateway;
  gateway.from_node(out_of(kAlpha).syn());
  const Outcome out = gateway.simulate(out_of(kBeta).syn(), Origin::interconnect);
  CHECK(out.text == "192.0.2.1:1022 > 192.0.2.101:513 TCP S seq 0");
  CHECK(gateway.connections().size() == 1);
  CHECK(gateway.counters().claims_renumbered.value() == 0);
}

TEST_CASE("a remote's session and a node's claim never share a connection") {
  Gateway gateway;
  gateway.from_remote(tcp().from(kRemote, 1000).to(kCluster, 513).syn());
  const Outcome out = gateway.from_node(tcp().from(kBeta, 513).to(kRemote, 1000).syn());
  CHECK(out.text == "192.0.2.1:1023 > 192.0.2.101:1000 TCP S seq 0");
}
