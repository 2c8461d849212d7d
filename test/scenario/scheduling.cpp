// Class D: which node gets a session, as nodes come, go, and are drained.
#include <algorithm>
#include <catch2/catch.hpp>

#include "support/gateway.hpp"
#include "support/login_session.hpp"
#include "switching/connection_life.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

/// The nodes that `sessions` new sessions went to, one digit each; those without a node are `-`.
std::string nodes_of(Gateway& gateway, std::size_t sessions, std::uint16_t first_port = 1000) {
  std::string nodes;
  for (std::size_t i = 0; i < sessions; ++i) {
    const LoginSession session(static_cast<std::uint16_t>(first_port + i));
    const Outcome out = gateway.from_remote(session.from_remote().syn());
    nodes += out.verdict == Verdict::forward || out.verdict == Verdict::local
                 ? std::to_string(out.packet.node.value())
                 : "-";
  }
  return nodes;
}

switching::ClusterState cluster_with(const std::string& scheduler) {
  switching::ClusterState state = example_cluster();
  for (ServiceConfig& service : state.services) {
    if (!service.plugin.empty()) service.options["scheduler"] = scheduler;
  }
  return state;
}

/// The example cluster, with rlogin on the gateway too.
switching::ClusterState cluster_with_gateway() {
  switching::ClusterState state = example_cluster();
  state.services[1].nodes = {NodeId(1), kGateway, NodeId(2)};
  return state;
}

}  // namespace

TEST_CASE("each service has a turn of its own") {
  Gateway gateway;
  CHECK(nodes_of(gateway, 2) == "12");
  CHECK(gateway.from_remote(LoginSession(1000, 23).from_remote().syn()).packet.node == NodeId(1));
}

TEST_CASE("weighted round robin gives nodes sessions by their weights") {
  switching::ClusterState state = cluster_with("weighted-round-robin");
  state.nodes[0].weight = 3;
  Gateway gateway(state);
  CHECK(nodes_of(gateway, 10) == "1213112131");
}

TEST_CASE("least connections fills up the node that has the fewest") {
  Gateway gateway(cluster_with("least-connections"));
  std::vector<LoginSession> sessions;
  for (std::uint16_t port = 1000; port < 1006; ++port) sessions.emplace_back(gateway, port);
  for (LoginSession& session : sessions) {
    if (session.node() == NodeId(2)) session.close(gateway);
  }
  gateway.pass(switching::kLingerLife + 6);
  CHECK(nodes_of(gateway, 2, 2000) == "22");
}

TEST_CASE("least loaded sends sessions to the idle node, and not all of them") {
  switching::ClusterState state = cluster_with("least-loaded");
  state.nodes[2].up = false;
  state.loads = {{.node = NodeId(1), .load = 25}, {.node = NodeId(2), .load = 0}};
  Gateway gateway(state);
  CHECK(nodes_of(gateway, 10) == "2222212121");
  gateway.change([](auto& changed) { changed.loads[1].load = 400; });
  CHECK(nodes_of(gateway, 5, 2000) == "11111");
}

TEST_CASE("least loaded takes nodes without an agent for average ones") {
  switching::ClusterState state = cluster_with("least-loaded");
  state.loads = {{.node = NodeId(1), .load = 400}, {.node = NodeId(2), .load = 200}};
  Gateway gateway(state);
  CHECK(nodes_of(gateway, 20) == std::string(20, '2'));
  gateway.change([](auto& changed) { changed.nodes[1].draining = true; });
  CHECK(nodes_of(gateway, 10, 2000) == std::string(10, '3'));
}

TEST_CASE("a node that rises gets a part of its share, and is not flooded where it has none yet") {
  const std::string scheduler =
      GENERATE("weighted-round-robin", "least-connections", "least-loaded");
  Gateway gateway(cluster_with(scheduler));
  gateway.change([](auto& state) { state.nodes[2].up = false; });
  const auto count_third = [](const std::string& nodes) {
    return std::count(nodes.begin(), nodes.end(), '3');
  };
  CHECK(count_third(nodes_of(gateway, 128)) == 0);
  gateway.change([](auto& state) {
    state.nodes[2].up = true;
    state.rising = {{.node = NodeId(3), .parts = 1}};
  });
  const auto first = count_third(nodes_of(gateway, 66, 2000));
  CHECK(first >= 1);
  CHECK(first <= 6);
  gateway.change([](auto& state) { state.rising = {{.node = NodeId(3), .parts = 8}}; });
  CHECK(count_third(nodes_of(gateway, 40, 3000)) >= 8);
}

TEST_CASE("asking where a SYN on a finished session would go leaves that session uncounted") {
  for (std::uint16_t count = 1; count <= 6; ++count) {
    Gateway gateway(cluster_with("least-connections"));
    std::vector<LoginSession> sessions;
    for (std::uint16_t i = 0; i < count; ++i)
      sessions.emplace_back(gateway, static_cast<std::uint16_t>(1000 + i));
    sessions.back().close(gateway);
    const PacketBuilder syn = sessions.back().from_remote().syn().seq(9);
    const Outcome told = gateway.simulate(syn, Origin::network);
    CHECK(gateway.from_remote(syn).packet.node == told.packet.node);
  }
}

TEST_CASE("a node that is down gets no sessions, and gets them again when it is up") {
  Gateway gateway;
  gateway.change([](auto& state) { state.nodes[1].up = false; });
  CHECK(nodes_of(gateway, 4) == "1313");
  gateway.change([](auto& state) { state.nodes[1].up = true; });
  CHECK(nodes_of(gateway, 3, 2000).find('2') != std::string::npos);
}

TEST_CASE("a node that is draining gets no sessions and keeps those it has") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.change([](auto& state) { state.nodes[0].draining = true; });
  CHECK(nodes_of(gateway, 4, 2000) == "2323");
  CHECK(gateway.from_remote(session.from_remote().ack().payload("w")).packet.node == NodeId(1));
}

TEST_CASE("a node of weight zero gets no sessions") {
  Gateway gateway;
  gateway.change([](auto& state) { state.nodes[2].weight = 0; });
  CHECK(nodes_of(gateway, 4) == "1212");
}

TEST_CASE("a repeated SYN goes to the node of the first, though that is draining now") {
  Gateway gateway;
  const LoginSession session;
  gateway.from_remote(session.from_remote().syn());
  gateway.change([](auto& state) { state.nodes[0].draining = true; });
  CHECK(gateway.from_remote(session.from_remote().syn()).packet.node == NodeId(1));
}

TEST_CASE("with no node that takes sessions, a SYN is answered by a RST") {
  Gateway gateway;
  gateway.change([](auto& state) {
    state.nodes[0].up = false;
    state.nodes[1].draining = true;
    state.nodes[2].weight = 0;
  });
  const Outcome out = gateway.from_remote(LoginSession().from_remote().syn().seq(7));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::no_node);
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1023 TCP RA seq 0 ack 8");
  CHECK(gateway.connections().empty());
}

TEST_CASE("sessions on a node that is down are still its own") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.change([](auto& state) { state.nodes[0].up = false; });
  CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == NodeId(1));
}

TEST_CASE("a session whose node was removed is answered by a RST") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.change([](auto& state) { state.nodes.erase(state.nodes.begin()); });
  const Outcome out = gateway.from_remote(session.from_remote().ack(9));
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::no_connection);
  CHECK(gateway.connections().empty());
}

TEST_CASE("a repeated SYN whose node was removed is scheduled on another") {
  Gateway gateway;
  const LoginSession session;
  gateway.from_remote(session.from_remote().syn());
  gateway.change([](auto& state) { state.nodes.erase(state.nodes.begin()); });
  CHECK(gateway.from_remote(session.from_remote().syn()).packet.node == NodeId(2));
}

TEST_CASE("idle sessions of a removed node are forgotten, not asked about") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.change([](auto& state) { state.nodes.erase(state.nodes.begin()); });
  CHECK(gateway.pass(switching::kIdleLife + 6).empty());
  CHECK(gateway.connections().empty());
}

TEST_CASE("sessions survive that their service is removed or others are added before it") {
  Gateway gateway;
  const LoginSession session(gateway);
  gateway.change([](auto& state) {
    ServiceConfig first = state.services[3];
    first.name = "finger";
    first.port = PortNumber(std::uint16_t{79});
    state.services[1] = first;
  });
  CHECK(gateway.from_remote(session.from_remote().ack()).packet.node == NodeId(1));
  CHECK(gateway.from_node(session.from_node().ack()).text ==
        "192.0.2.1:513 > 192.0.2.101:1023 TCP A seq 0 ack 0");
}

TEST_CASE("a session may be scheduled on the gateway itself") {
  Gateway gateway(cluster_with_gateway());
  CHECK(nodes_of(gateway, 6) == "102102");
  const Outcome out = gateway.from_remote(LoginSession(1001).from_remote().ack());
  CHECK(out.verdict == Verdict::local);
  CHECK(out.packet.origin == Origin::network);
  CHECK(out.text == "192.0.2.101:1001 > 192.0.2.1:513 TCP A seq 0 ack 0");
}

TEST_CASE("the gateway's answers in a session of its own are followed") {
  Gateway gateway(cluster_with_gateway());
  LoginSession(gateway, 1000);
  LoginSession session(gateway, 1001);
  REQUIRE(session.node() == kGateway);
  const Outcome out = session.answer(gateway, session.from_node().ack().payload("login: "));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == 0);
  CHECK(out.text == "192.0.2.1:513 > 192.0.2.101:1001 TCP A seq 0 ack 0 len 7");
  session.close(gateway);
  gateway.pass(switching::kLingerLife + 6);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("the gateway is asked about its own idle sessions") {
  Gateway gateway(cluster_with_gateway());
  LoginSession(gateway, 1000).close(gateway);
  const LoginSession session(gateway, 1001);
  REQUIRE(session.node() == kGateway);
  const Extras probes = gateway.pass(switching::kIdleLife + 6);
  REQUIRE(probes.size() == 1);
  CHECK(probes[0].verdict == Verdict::local);
  CHECK(probes[0].packet.origin == Origin::network);
  CHECK(probes[0].packet.destination == kCluster);
  CHECK(checksums_ok(probes[0].frame));
  const auto& ethernet = *reinterpret_cast<const net::EthernetHeader*>(probes[0].frame.data());
  CHECK(ethernet.destination == kOutsideMac);
}

TEST_CASE("a draining gateway gets no sessions") {
  Gateway gateway(cluster_with_gateway());
  gateway.change([](auto& state) { state.gateway_draining = true; });
  CHECK(nodes_of(gateway, 4) == "1212");
}
