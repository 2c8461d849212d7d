// A flood of SYNs: what the table of unfinished handshakes has no room for finds its node by a
// keyed hash (docs/decisions/0009).
#include "support/syn_flood.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

/// A gateway whose table has no room for another SYN.
struct FloodedGateway : Gateway {
  explicit FloodedGateway(switching::ClusterState state = example_cluster())
      : Gateway(std::move(state)) {
    flood(*this, kStrangers + 1);
  }
};

bool about(std::uint32_t share, double expected) {
  return share > expected * 0.95 && share < expected * 1.05;
}

Ipv4Address address_of(const Gateway& gateway, NodeId node) {
  return gateway.snapshot().nodes[node.value()].address;
}

/// Some node that is not the session's.
Ipv4Address another_than(const LoginSession& session) {
  return session.address() == kAlpha ? kBeta : kAlpha;
}

}  // namespace

TEST_CASE("a hundred thousand forged SYNs are forwarded, and take no more entries than allowed") {
  Gateway gateway;
  std::uint32_t forwarded = 0;
  for (const auto& [node, count] : flood(gateway, 100000)) forwarded += count;
  CHECK(forwarded == 100000);
  CHECK(gateway.pipeline().connections().size() == kStrangers);
  CHECK(gateway.counters().syns_by_hash.value() == 100000 - kStrangers);
  CHECK(gateway.counters().drops[static_cast<std::size_t>(DropReason::embryonic_full)].value() ==
        0);
}

TEST_CASE("established sessions flow through a flood, and their entries stay as they are") {
  Gateway gateway;
  std::vector<LoginSession> sessions;
  for (std::uint16_t port = 1000; port < 1050; ++port) sessions.emplace_back(gateway, port);
  flood(gateway, 100000);
  for (const LoginSession& session : sessions) {
    const Outcome in = gateway.from_remote(session.from_remote().seq(1).ack(1).payload("w\r"));
    CHECK(in.packet.node == session.node());
    CHECK(gateway.from_node(data_from(session.address(), session)).verdict == Verdict::forward);
  }
  CHECK(gateway.pipeline().connections().size() == sessions.size() + kStrangers);
}

TEST_CASE("a repeated SYN goes to the same node as long as the flood lasts") {
  FloodedGateway gateway;
  const LoginSession session(1000);
  const NodeId node = gateway.from_remote(session.from_remote().syn()).packet.node;
  for (int repetition = 0; repetition < 3; ++repetition) {
    gateway.pass(3);
    flood(gateway, 100, 10000);
    CHECK(gateway.from_remote(session.from_remote().syn()).packet.node == node);
  }
}

TEST_CASE("a handshake without an entry is completed, and its data follows") {
  FloodedGateway gateway;
  const LoginSession session(gateway, 1000);
  const Outcome out = gateway.from_remote(session.from_remote().seq(1).ack(1).payload("1022"));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.packet.node == session.node());
  CHECK(checksums_ok(out.frame));
  CHECK(gateway.pipeline().connections().size() == kStrangers);
}

TEST_CASE("what leaves no entry is forwarded as any other: addresses alone change") {
  FloodedGateway gateway;
  const LoginSession session(gateway, 1000);
  CHECK(gateway.from_node(session.from_node().syn().ack(1)).text ==
        "192.0.2.1:513 > 192.0.2.101:1000 TCP SA seq 0 ack 1");
  CHECK(gateway.from_remote(session.from_remote().seq(1).ack(1)).egress == kInterconnect);
}

TEST_CASE("the node's first segment without SYN makes the entry, which outlives the flood") {
  FloodedGateway gateway;
  const LoginSession session(gateway, 1000);
  CHECK(gateway.from_node(data_from(session.address(), session)).verdict == Verdict::forward);
  CHECK(gateway.pipeline().connections().size() == kStrangers + 1);
  gateway.pass(switching::kEmbryonicLife + 6);
  REQUIRE(gateway.connections().size() == 1);
  CHECK(gateway.connections()[0].node == session.node().value());
  gateway.change([&](auto& state) {
    for (auto& node : state.nodes) node.draining = node.id == session.node();
  });
  CHECK(gateway.from_remote(session.from_remote().seq(1).ack(3)).packet.node == session.node());
}

TEST_CASE("an entry made during a flood counts as a session of its node") {
  FloodedGateway gateway;
  const LoginSession session(gateway, 1000);
  const auto sessions = [&] {
    return gateway.pipeline().connections().by_node()[session.node().value()];
  };
  const std::uint32_t before = sessions();
  gateway.from_node(data_from(session.address(), session));
  CHECK(sessions() == before + 1);
}

TEST_CASE("a FIN may be the node's first segment: the connection closes as any other") {
  FloodedGateway gateway;
  const LoginSession session(gateway, 1000);
  gateway.from_node(session.from_node().fin().ack(1));
  gateway.from_remote(session.from_remote().fin().ack(2));
  gateway.pass(switching::kLingerLife + 6);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a node's SYN-ACK and its RST make no entry: forged segments are answered by them") {
  FloodedGateway gateway;
  const Outcome out = gateway.from_remote(forged(5000));
  const auto answer = tcp()
                          .from(address_of(gateway, out.packet.node), 513)
                          .to(remote_beside(5000), forged_port(5000));
  CHECK(gateway.from_node(PacketBuilder(answer).syn().ack(5001)).verdict == Verdict::forward);
  CHECK(gateway.from_node(PacketBuilder(answer).rst()).verdict == Verdict::forward);
  CHECK(gateway.pipeline().connections().size() == kStrangers);
}

TEST_CASE("another node cannot speak on a connection without an entry, nor take it") {
  FloodedGateway gateway;
  const LoginSession session(gateway, 1000);
  const Ipv4Address thief = another_than(session);
  for (const PacketBuilder& segment :
       {session.from_node().from(thief, 513).syn().ack(1), data_from(thief, session),
        session.from_node().from(thief, 513).rst()}) {
    const Outcome out = gateway.from_node(segment);
    CHECK(out.verdict == Verdict::drop);
    CHECK(out.reason == DropReason::not_owner);
  }
  CHECK(gateway.from_node(data_from(session.address(), session)).verdict == Verdict::forward);
}

TEST_CASE("a stray segment without an entry goes to the hash's node during a flood") {
  FloodedGateway gateway;
  const LoginSession session(1000);
  const Outcome ack = gateway.from_remote(session.from_remote().seq(1).ack(1));
  CHECK(ack.verdict == Verdict::forward);
  const Outcome rst = gateway.from_remote(session.from_remote().seq(1).rst());
  CHECK(rst.packet.node == ack.packet.node);
  const Outcome answer = gateway.from_remote(session.from_remote().syn().ack(1));
  CHECK(answer.verdict == Verdict::answer);
  CHECK(answer.reason == DropReason::no_connection);
}

TEST_CASE("a stray segment is answered by RST without a flood, and a minute after one") {
  Gateway gateway;
  const LoginSession session(1000);
  const auto verdict = [&] {
    return gateway.from_remote(session.from_remote().seq(1).ack(1)).verdict;
  };
  CHECK(verdict() == Verdict::answer);
  flood(gateway, kStrangers);
  CHECK(verdict() == Verdict::answer);
  flood(gateway, 1, kStrangers);
  CHECK(verdict() == Verdict::forward);
  gateway.pass(switching::kEmbryonicLife - 1);
  CHECK(verdict() == Verdict::forward);
  gateway.pass(1);
  CHECK(verdict() == Verdict::answer);
}

TEST_CASE("room that appears during a flood is used, and the hash still chooses") {
  FloodedGateway gateway;
  const LoginSession before(1000);
  const NodeId node = gateway.from_remote(before.from_remote().syn()).packet.node;
  gateway.from_remote(forged(0).flags(tcp_flag::ack));
  REQUIRE(gateway.pipeline().connections().embryonic() == kStrangers - 1);
  CHECK(gateway.from_remote(before.from_remote().syn()).packet.node == node);
  CHECK(gateway.pipeline().connections().embryonic() == kStrangers);
}

TEST_CASE("a flood is spread by the nodes' weights") {
  switching::ClusterState state = example_cluster();
  state.nodes[0].weight = 3;
  state.nodes[2].weight = 2;
  FloodedGateway gateway(state);
  auto shares = flood(gateway, 60000, 10000);
  CHECK(about(shares[1], 30000));
  CHECK(about(shares[2], 10000));
  CHECK(about(shares[3], 20000));
}

TEST_CASE("a node that drains, or is down, gets nothing new, and the others' shares stay theirs") {
  FloodedGateway gateway;
  std::vector<NodeId> before;
  for (std::uint32_t number = 5000; number < 6000; ++number) {
    before.push_back(gateway.from_remote(forged(number)).packet.node);
  }
  const auto moves_from = [&](NodeId gone) {
    for (std::uint32_t number = 5000; number < 6000; ++number) {
      const NodeId node = gateway.from_remote(forged(number)).packet.node;
      const NodeId was = before[number - 5000];
      if (node == gone || (was != gone && node != was)) return false;
    }
    return true;
  };
  gateway.change([](auto& state) { state.nodes[0].draining = true; });
  CHECK(moves_from(NodeId(1)));
  gateway.change([](auto& state) {
    state.nodes[0].draining = false;
    state.nodes[1].up = false;
  });
  CHECK(moves_from(NodeId(2)));
}

TEST_CASE("a handshake without an entry is lost if its node drains before it is over") {
  FloodedGateway gateway;
  const LoginSession session(gateway, 1000);
  gateway.change([&](auto& state) {
    for (auto& node : state.nodes) node.draining = node.id == session.node();
  });
  const Outcome out = gateway.from_remote(session.from_remote().seq(1).ack(1));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.packet.node != session.node());
  const Outcome refusal =
      gateway.from_node(session.from_node().from(address_of(gateway, out.packet.node), 513).rst());
  CHECK(refusal.verdict == Verdict::forward);
}

TEST_CASE("with no node that takes sessions, a SYN is answered by a RST during a flood too") {
  FloodedGateway gateway;
  gateway.change([](auto& state) {
    for (auto& node : state.nodes) node.up = false;
  });
  const Outcome out = gateway.from_remote(LoginSession(1000).from_remote().syn());
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::no_node);
}

TEST_CASE("a SYN on a lingering connection passes a full table, and the old entry is gone") {
  FloodedGateway gateway;
  LoginSession session(gateway, 1000);
  gateway.from_node(data_from(session.address(), session));
  session.close(gateway);
  const Outcome out = gateway.from_remote(session.from_remote().syn().seq(9));
  CHECK(out.verdict == Verdict::forward);
  CHECK(gateway.pipeline().connections().size() == kStrangers);
}

TEST_CASE("a session scheduled on the gateway itself during a flood gets its entry as others do") {
  switching::ClusterState state = example_cluster();
  state.services[1].nodes = {kGateway};
  Gateway gateway(state);
  for (std::uint32_t number = 0; number <= kStrangers; ++number)
    gateway.from_remote(forged(number));
  LoginSession session(gateway, 1000);
  CHECK(gateway.from_remote(session.from_remote().seq(1).ack(1)).verdict == Verdict::local);
  CHECK(session.answer(gateway, session.from_node().seq(1).ack(1).payload("$")).verdict ==
        Verdict::forward);
  CHECK(gateway.pipeline().connections().size() == kStrangers + 1);
}

TEST_CASE("during a flood from outside, nodes open connections with entries as ever") {
  FloodedGateway gateway;
  const auto client = tcp().from(kAlpha, 1023).to(kRemote, 514);
  CHECK(gateway.from_node(PacketBuilder(client).syn()).verdict == Verdict::forward);
  CHECK(gateway.from_remote(tcp().from(kRemote, 514).to(kCluster, 1023).syn().ack(1)).packet.node ==
        NodeId(1));
  CHECK(gateway.from_node(tcp().from(kBeta, 1023).to(kRemote, 514).syn()).text ==
        "192.0.2.1:1022 > 192.0.2.101:514 TCP S seq 0");
}

TEST_CASE("during a flood from outside, an announced second connection reaches its node") {
  FloodedGateway gateway;
  const auto client = tcp().from(kAlpha, 1023).to(kRemote, 514);
  gateway.from_node(PacketBuilder(client).syn().seq(1000));
  gateway.from_node(PacketBuilder(client).ack(1).seq(1001).payload("1021\0"));
  const Outcome out = gateway.from_remote(tcp().from(kRemote, 1022).to(kCluster, 1021).syn());
  CHECK(out.text == "192.0.2.101:1022 > 10.77.0.11:1021 TCP S seq 0");
  CHECK(gateway.from_node(tcp().from(kAlpha, 1021).to(kRemote, 1022).syn().ack(1)).verdict ==
        Verdict::forward);
}

TEST_CASE("during a flood from outside, a node's login to the cluster has its entries") {
  FloodedGateway gateway;
  const auto size = gateway.pipeline().connections().size();
  const Outcome out = gateway.from_node(tcp().from(kAlpha, 1023).to(kCluster, 513).syn());
  CHECK(out.verdict == Verdict::forward);
  CHECK(gateway.pipeline().connections().size() == size + 2);
}

TEST_CASE("a flood from nodes takes no more than the limit, and leaves remotes to the hash") {
  Gateway gateway;
  std::uint32_t granted = 0;
  for (std::uint16_t port = 0; port < 2 * kEmbryonic; ++port) {
    const auto server = static_cast<std::uint16_t>(10000 + port);
    const Outcome out = gateway.from_node(tcp().from(kAlpha, 1023).to(kRemote, server).syn());
    if (out.verdict == Verdict::forward) ++granted;
  }
  CHECK(granted == kEmbryonic);
  CHECK(gateway.from_remote(LoginSession(1000).from_remote().syn()).verdict == Verdict::forward);
  CHECK(gateway.counters().syns_by_hash.value() == 1);
}

TEST_CASE("with a table that is full of connections, handshakes still find their node by hash") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.connections = {4, 4};
  Gateway gateway(example_cluster(), limits);
  flood(gateway, 4);
  const LoginSession first(gateway, 1000);
  gateway.from_node(data_from(first.address(), first));
  const LoginSession second(gateway, 1001);
  CHECK(gateway.from_node(data_from(second.address(), second)).verdict == Verdict::forward);
  CHECK(gateway.from_remote(second.from_remote().seq(1).ack(3)).packet.node == second.node());
  CHECK(gateway.pipeline().connections().size() == 4);
}

TEST_CASE("asking where a SYN would go during a flood changes nothing, and tells the truth") {
  FloodedGateway gateway;
  const LoginSession session(1000);
  const std::uint64_t counted = gateway.counters().syns_by_hash.value();
  gateway.pass(switching::kEmbryonicLife - 1);
  const Outcome told = gateway.simulate(session.from_remote().syn(), Origin::network);
  CHECK(gateway.counters().syns_by_hash.value() == counted);
  CHECK(gateway.from_remote(session.from_remote().syn()).packet.node == told.packet.node);
  gateway.simulate(data_from(address_of(gateway, told.packet.node), session), Origin::interconnect);
  CHECK(gateway.pipeline().connections().embryonic() == gateway.pipeline().connections().size());
}

TEST_CASE("the seconds of a flood are counted, and its end is seen") {
  FloodedGateway gateway;
  gateway.pass(10);
  CHECK(gateway.counters().flooded.value() == 1);
  CHECK(gateway.counters().flooded_seconds.value() == 10);
  gateway.pass(switching::kEmbryonicLife);
  CHECK(gateway.counters().flooded.value() == 0);
  CHECK(gateway.counters().flooded_seconds.value() == switching::kEmbryonicLife - 1);
}

TEST_CASE("asking where the SYN that begins a flood would go tells the truth, too") {
  for (std::uint32_t number = 0; number < 10; ++number) {
    Gateway gateway;
    flood(gateway, kStrangers);
    const PacketBuilder syn = forged(kStrangers + number);
    const Outcome told = gateway.simulate(syn, Origin::network);
    CHECK(told.verdict == Verdict::forward);
    CHECK(gateway.from_remote(syn).packet.node == told.packet.node);
  }
}

TEST_CASE("asking where a SYN on a finished session would go as a flood begins tells the truth") {
  for (std::uint16_t port = 1000; port < 1010; ++port) {
    Gateway gateway;
    LoginSession session(gateway, port);
    session.close(gateway);
    flood(gateway, kStrangers);
    const PacketBuilder syn = session.from_remote().syn().seq(9);
    const Outcome told = gateway.simulate(syn, Origin::network);
    CHECK(told.verdict == Verdict::forward);
    CHECK(gateway.from_remote(syn).packet.node == told.packet.node);
  }
}

TEST_CASE("asking where a repeated SYN would go counts the handshakes of nodes") {
  for (std::uint16_t port = 1000; port < 1010; ++port) {
    Gateway gateway;
    const LoginSession session(port);
    gateway.from_remote(session.from_remote().syn());
    gateway.from_remote(session.from_remote().rst().seq(1));
    flood(gateway, kStrangers - 1);
    gateway.from_node(tcp().from(kAlpha, 600).to(kRemote, 514).syn());
    const PacketBuilder syn = session.from_remote().syn().seq(9);
    const Outcome told = gateway.simulate(syn, Origin::network);
    CHECK(told.verdict == Verdict::forward);
    CHECK(gateway.from_remote(syn).packet.node == told.packet.node);
  }
}
