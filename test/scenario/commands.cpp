// What the control thread asks of a worker: list, insert, remove and reset connections, simulate.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "support/gateway.hpp"
#include "support/login_session.hpp"
#include "switching/connection_life.hpp"
#include "switching/hold.hpp"

using namespace encluster;
using namespace encluster::test;
using switching::Command;
using switching::ConnectionKey;

namespace {

ConnectionKey key_of(std::uint16_t remote_port, std::uint16_t cluster_port = 513) {
  ConnectionKey key;
  key.remote = kRemote;
  key.remote_port = PortNumber(remote_port);
  key.cluster_port = PortNumber(cluster_port);
  return key;
}

Command insert(std::uint16_t remote_port, NodeId node, std::uint16_t node_port = 513) {
  return {0, switching::InsertConnection{key_of(remote_port), node, PortNumber(node_port), 1}};
}

/// What a simulation must leave alone.
std::string state_of(Gateway& gateway) {
  std::string state;
  for (const switching::Connection& record : gateway.connections()) {
    state += std::to_string(record.remote_port) + ":" + std::to_string(record.node) + ":" +
             std::to_string(record.flags) + ":" + std::to_string(record.deadline) + " ";
  }
  const switching::Counters& counters = gateway.counters();
  state += std::to_string(counters.connections_opened.value()) + "," +
           std::to_string(counters.resets_sent.value()) + "," +
           std::to_string(counters.held.value()) + "," +
           std::to_string(counters.claims_granted.value());
  return state + "," + std::to_string(gateway.buffers_kept());
}

}  // namespace

TEST_CASE("all connections are listed, page by page, each once") {
  Gateway gateway;
  for (std::uint16_t port = 1000; port < 1600; ++port) {
    CHECK(gateway.execute(insert(port, NodeId(1))).done);
  }
  std::set<std::uint16_t> ports;
  for (const switching::Connection& record : gateway.connections()) {
    CHECK(ports.insert(record.remote_port).second);
  }
  CHECK(ports.size() == 600);
}

TEST_CASE("an inserted connection is followed in both directions") {
  Gateway gateway;
  CHECK(gateway.execute(insert(1023, NodeId(3))).done);
  const LoginSession session;
  CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == NodeId(3));
  CHECK(gateway.from_node(tcp().from(kGamma, 513).to(kRemote, 1023).ack()).verdict ==
        Verdict::forward);
  gateway.pass(switching::kEmbryonicLife + 6);
  gateway.from_node(tcp().from(kGamma, 513).to(kRemote, 1023).ack());
  gateway.pass(switching::kEmbryonicLife + 6);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("an inserted connection with another port at the node is translated both ways") {
  Gateway gateway;
  CHECK(gateway.execute(insert(1023, NodeId(3), 5513)).done);
  const LoginSession session;
  CHECK(gateway.from_remote(session.from_remote().ack()).text ==
        "192.0.2.101:1023 > 10.77.0.13:5513 TCP A seq 0 ack 0");
  CHECK(gateway.from_node(tcp().from(kGamma, 5513).to(kRemote, 1023).ack()).text ==
        "192.0.2.1:513 > 192.0.2.101:1023 TCP A seq 0 ack 0");
}

TEST_CASE("inserting overwrites") {
  Gateway gateway;
  const LoginSession session(gateway);
  CHECK(gateway.execute(insert(1023, NodeId(2), 5513)).done);
  CHECK(gateway.execute(insert(1023, NodeId(3))).done);
  CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == NodeId(3));
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a connection to a node that does not exist is not inserted") {
  Gateway gateway;
  for (const std::uint16_t node : {std::uint16_t{4}, std::uint16_t{1023}, std::uint16_t{65535}}) {
    CHECK_FALSE(gateway.execute(insert(1023, NodeId(node))).done);
  }
  CHECK(gateway.connections().empty());
}

TEST_CASE("nothing is inserted into a full table") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.connections = {2, 2};
  Gateway gateway(example_cluster(), limits);
  CHECK(gateway.execute(insert(1000, NodeId(1))).done);
  CHECK(gateway.execute(insert(1001, NodeId(1))).done);
  CHECK_FALSE(gateway.execute(insert(1002, NodeId(1))).done);
}

TEST_CASE("a removed connection is forgotten silently, its alias too") {
  Gateway gateway;
  gateway.execute(insert(1023, NodeId(3), 5513));
  CHECK(gateway.connections().size() == 2);
  CHECK(gateway.execute({0, switching::RemoveConnection{key_of(1023)}}).done);
  CHECK(gateway.extras().empty());
  CHECK(gateway.connections().empty());
  CHECK(gateway.from_remote(LoginSession().from_remote().ack()).reason ==
        DropReason::no_connection);
}

TEST_CASE("removing a connection that is not there says so") {
  Gateway gateway;
  CHECK_FALSE(gateway.execute({0, switching::RemoveConnection{key_of(1023)}}).done);
}

TEST_CASE("resetting a node's connections forgets them and warns their remotes") {
  Gateway gateway;
  const LoginSession first(gateway, 1000);
  const LoginSession second(gateway, 1001);
  const LoginSession third(gateway, 1002);
  const auto answer = gateway.execute({0, switching::ResetNode{NodeId(2)}});
  CHECK(answer.done);
  CHECK(answer.count == 1);
  REQUIRE(gateway.extras().size() == 1);
  const Outcome warning = gateway.extras().front();
  CHECK(warning.verdict == Verdict::forward);
  CHECK(warning.egress == 0);
  CHECK(warning.packet.source == kCluster);
  CHECK(warning.packet.source_port == PortNumber(std::uint16_t{513}));
  CHECK(warning.packet.destination == kRemote);
  CHECK(warning.packet.destination_port == PortNumber(std::uint16_t{1001}));
  CHECK(warning.packet.tcp_flags == tcp_flag::ack);
  CHECK(checksums_ok(warning.frame));
  CHECK(gateway.connections().size() == 2);
  CHECK(gateway.from_remote(first.from_remote().ack()).packet.node == NodeId(1));
  CHECK(gateway.from_remote(third.from_remote().ack()).packet.node == NodeId(3));
}

TEST_CASE("the remote's answer to the warning is answered by a RST that it believes") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.execute({0, switching::ResetNode{NodeId(1)}});
  const Outcome out = gateway.from_remote(session.from_remote().seq(100).ack(200));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP R seq 200");
}

TEST_CASE("a node's connections are reset though they are many") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.connections = {4096, 1024};
  Gateway gateway(example_cluster(), limits);
  for (std::uint16_t port = 1000; port < 4000; ++port) gateway.execute(insert(port, NodeId(1)));
  const auto answer = gateway.execute({0, switching::ResetNode{NodeId(1)}});
  CHECK(answer.done);
  CHECK(answer.count == 3000);
  CHECK(gateway.extras().size() == 3000);
  CHECK(gateway.connections().empty());
}

TEST_CASE("every remote is warned though many held packets leave at the same time") {
  Gateway gateway;
  for (std::uint16_t port = 1000; port < 1050; ++port) gateway.execute(insert(port, NodeId(1)));
  gateway.change([](auto& state) { state.neighbours.clear(); });
  for (std::size_t host = 0; host < switching::Hold::kNextHops; ++host) {
    const Ipv4Address remote(192, 0, 2, static_cast<std::uint8_t>(110 + host));
    for (std::size_t i = 0; i < switching::Hold::kPackets; ++i) {
      gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(remote, 80).syn());
    }
  }
  gateway.change([](auto& state) {
    state.neighbours = example_cluster().neighbours;
    for (std::uint8_t host = 110; host < 110 + switching::Hold::kNextHops; ++host) {
      const Ipv4Address remote(192, 0, 2, host);
      state.neighbours.push_back({0, remote, mac_of(remote)});
    }
  });
  CHECK(gateway.execute({0, switching::ResetNode{NodeId(1)}}).count == 50);
  const auto warned =
      std::count_if(gateway.extras().begin(), gateway.extras().end(),
                    [](const Outcome& out) { return out.packet.destination == kRemote; });
  CHECK(warned == 50);
}

TEST_CASE("resetting a node without connections is done at once") {
  Gateway gateway;
  const LoginSession session(gateway);
  const auto answer = gateway.execute({0, switching::ResetNode{NodeId(3)}});
  CHECK(answer.done);
  CHECK(answer.count == 0);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a simulated SYN goes where the next one goes, again and again") {
  Gateway gateway;
  const auto syn = LoginSession().from_remote().syn();
  const std::string before = state_of(gateway);
  const Outcome simulated = gateway.simulate(syn, Origin::network);
  CHECK(gateway.simulate(syn, Origin::network).text == simulated.text);
  CHECK(state_of(gateway) == before);
  CHECK(simulated.verdict == Verdict::forward);
  CHECK(gateway.from_remote(syn).frame == simulated.frame);
}

TEST_CASE("a simulated segment on a connection changes nothing about it") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.pass(100);
  const std::string before = state_of(gateway);
  for (const PacketBuilder& segment :
       {session.from_remote().rst(), session.from_remote().fin().ack(), session.from_remote().syn(),
        session.from_remote().ack().payload("x")}) {
    CHECK(gateway.simulate(segment, Origin::network).packet.node == session.node());
    CHECK(gateway.simulate(session.from_node().fin().ack(), Origin::interconnect).verdict ==
          Verdict::forward);
  }
  CHECK(state_of(gateway) == before);
}

TEST_CASE("a simulated SYN on a lingering connection leaves it lingering") {
  Gateway gateway;
  LoginSession session(gateway);
  session.close(gateway);
  const std::string before = state_of(gateway);
  const auto syn = session.from_remote().syn();
  const Outcome simulated = gateway.simulate(syn, Origin::network);
  CHECK(state_of(gateway) == before);
  CHECK(gateway.from_remote(syn).text == simulated.text);
}

TEST_CASE("a simulation agrees with what then happens, from outside and from inside") {
  const std::vector<std::pair<PacketBuilder, Origin>> packets = {
      {LoginSession().from_remote().ack(7), Origin::network},
      {LoginSession().from_remote().rst(), Origin::network},
      {tcp().from(kRemote, 80).to(kCluster, kAlphaSlice).ack(1), Origin::network},
      {tcp().from(kRemote, 80).to(kCluster, 5432).syn(), Origin::network},
      {udp().from(kRemote, 80).to(kCluster, 161), Origin::network},
      {udp().from(kAlpha, 80).to(kCluster, 161), Origin::network},
      {icmp_echo_request().from(kRemote).to(kCluster), Origin::network},
      {tcp().from(kAlpha, 1023).to(kRemote, 513).syn(), Origin::interconnect},
      {tcp().from(kAlpha, kBetaSlice).to(kRemote, 513).syn(), Origin::interconnect},
      {udp().from(kAlpha, 700).to(kRemote, 123), Origin::interconnect},
      {icmp_echo_request().from(kAlpha).to(kRemote).identifier(5), Origin::interconnect},
      {tcp().from(kAlpha, kAlphaSlice).to(kCluster, 513).syn(), Origin::interconnect},
      {tcp().from(kAlpha, kAlphaSlice).to(kCluster, 5432).syn(), Origin::interconnect},
  };
  for (const auto& [packet, origin] : packets) {
    Gateway gateway;
    const std::string before = state_of(gateway);
    const Outcome simulated = gateway.simulate(packet, origin);
    CHECK(state_of(gateway) == before);
    const Outcome real =
        origin == Origin::network ? gateway.from_remote(packet) : gateway.from_node(packet);
    INFO(real.text);
    CHECK(simulated.verdict == real.verdict);
    CHECK(simulated.reason == real.reason);
    CHECK(simulated.egress == real.egress);
    CHECK(simulated.text == real.text);
  }
}

TEST_CASE("a simulated packet to an unresolved next hop is held by nobody") {
  Gateway gateway;
  gateway.change([](auto& state) { state.neighbours.clear(); });
  const auto packet = tcp().from(kRemote, 80).to(kCluster, kAlphaSlice).ack(1);
  CHECK(gateway.simulate(packet, Origin::network).verdict == Verdict::hold);
  CHECK(gateway.buffers_kept() == 0);
  CHECK(gateway.pipeline().held() == 0);
  for (const switching::WorkerEvent& event : gateway.events()) {
    CHECK(std::holds_alternative<switching::CommandDone>(event));
  }
}

TEST_CASE("a connection that is overwritten leaves a later one its alias") {
  Gateway gateway;
  const auto at_one_end = [](std::uint16_t cluster_port) {
    return Command{0, switching::InsertConnection{key_of(2000, cluster_port), NodeId(1),
                                                  PortNumber(std::uint16_t{600})}};
  };
  gateway.execute(at_one_end(513));
  gateway.execute(at_one_end(1022));
  gateway.execute({0, switching::RemoveConnection{key_of(2000, 513)}});
  CHECK(gateway.from_node(tcp().from(kAlpha, 600).to(kRemote, 2000).ack(1)).text ==
        "192.0.2.1:1022 > 192.0.2.101:2000 TCP A seq 0 ack 1");
}
