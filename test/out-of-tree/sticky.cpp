// The example plugin, built elsewhere and loaded, routes packets. PLUGIN in the environment names
// its shared object; the script beside this file builds it and runs this program.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "control/plugin_loader.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::uint16_t kHttp = 80;
constexpr std::uint16_t kHttps = 443;
constexpr std::uint16_t kSyslog = 514;
constexpr std::uint16_t kRemotes = 60;

constexpr Ipv4Address remote(std::uint16_t number) {
  return Ipv4Address(Ipv4Address(198, 51, 100, 1).value() + number);
}

ServiceConfig sticky(const std::string& name, std::uint16_t port, Protocol protocol) {
  ServiceConfig service;
  service.name = name;
  service.port = PortNumber(port);
  service.protocol = protocol;
  service.plugin = "sticky";
  service.options["key"] = "web";
  return service;
}

switching::ClusterState sticky_cluster() {
  switching::ClusterState state = example_cluster();
  state.services.push_back(sticky("http", kHttp, Protocol::tcp));
  state.services.push_back(sticky("https", kHttps, Protocol::tcp));
  state.services.push_back(sticky("syslog", kSyslog, Protocol::udp));
  return state;
}

control::PluginLoader loaded() {
  const char* const file = std::getenv("PLUGIN");
  if (file == nullptr) throw std::logic_error("PLUGIN names no shared object");
  control::PluginLoader loader({});
  loader.load(file);
  return loader;
}

/// The cluster of scenarios with services of the plugin, and remotes that use them.
struct StickyGateway {
  control::PluginLoader plugins = loaded();  // outlives the functions it made
  Gateway gateway{sticky_cluster(), Gateway::small_limits(), plugins.registry()};

  /// A new connection of a remote.
  Outcome open(Ipv4Address from, std::uint16_t port, std::uint16_t to = kHttp) {
    return gateway.from_remote(tcp().from(from, port).to(kCluster, to).syn());
  }
  /// The node of each remote, by new connections.
  std::vector<std::uint16_t> nodes(std::uint16_t port, std::uint16_t to = kHttp) {
    std::vector<std::uint16_t> result;
    for (std::uint16_t i = 0; i < kRemotes; ++i) {
      const Outcome out = open(remote(i), port, to);
      REQUIRE(out.verdict == Verdict::forward);
      result.push_back(out.packet.node.value());
    }
    return result;
  }
  void set_beta_up(bool up) {
    gateway.change([up](auto& state) { state.nodes[1].up = up; });
  }
};

}  // namespace

TEST_CASE("a SYN is forwarded to a node with its own source and right checksums") {
  StickyGateway sticky;
  const Outcome out = sticky.open(kFarRemote, 700);
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text.starts_with("198.51.100.7:700 > 10.77.0.1"));
  CHECK(out.text.ends_with(":80 TCP S seq 0"));
  CHECK(checksums_ok(out.frame));
}

TEST_CASE("all connections of a remote go to one node and those of many to all nodes") {
  StickyGateway sticky;
  const auto first = sticky.nodes(700);
  CHECK(sticky.nodes(701) == first);
  CHECK(sticky.nodes(702, kHttps) == first);
  for (const int node : {1, 2, 3}) {
    CHECK(std::ranges::count(first, node) > kRemotes / 6);
  }
  CHECK(std::ranges::count(first, 0) == 0);
}

TEST_CASE("datagrams of a remote go where its connections go and leave no state") {
  StickyGateway sticky;
  for (std::uint16_t i = 0; i < kRemotes; ++i) {
    const auto datagram = udp().from(remote(i), 514).to(kCluster, kSyslog).payload("hello");
    const NodeId node = sticky.gateway.from_remote(datagram).packet.node;
    CHECK(node == sticky.gateway.from_remote(datagram).packet.node);
    CHECK(node == sticky.gateway
                      .simulate(tcp().from(remote(i), 9).to(kCluster, kHttp).syn(), Origin::network)
                      .packet.node);
  }
  CHECK(sticky.gateway.connections().empty());
}

TEST_CASE("the remotes of a node that is down move and come back and no others do") {
  StickyGateway sticky;
  const auto before = sticky.nodes(700);
  sticky.set_beta_up(false);
  const auto without_beta = sticky.nodes(701);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == 2) {
      CHECK(without_beta[i] != 2);
    } else {
      CHECK(without_beta[i] == before[i]);
    }
  }
  sticky.set_beta_up(true);
  CHECK(sticky.nodes(702) == before);
}

TEST_CASE("a connection stays with its node while that drains and the next goes elsewhere") {
  StickyGateway sticky;
  const Outcome first = sticky.open(kFarRemote, 700);
  sticky.gateway.change(
      [&](auto& state) { state.nodes[first.packet.node.value() - 1U].draining = true; });
  const auto data = tcp().from(kFarRemote, 700).to(kCluster, kHttp).ack(1).seq(1).payload("GET");
  CHECK(sticky.gateway.from_remote(data).packet.node == first.packet.node);
  CHECK(sticky.open(kFarRemote, 701).packet.node != first.packet.node);
}

TEST_CASE("a segment of a connection that the gateway lost finds its node") {
  StickyGateway before;
  const NodeId node = before.open(kFarRemote, 700).packet.node;
  StickyGateway after;
  const Outcome out = after.gateway.from_remote(
      tcp().from(kFarRemote, 700).to(kCluster, kHttp).ack(1).seq(1).payload("GET"));
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.packet.node == node);
  CHECK(after.gateway.connections().empty());
}

TEST_CASE("without a node a SYN is answered by RST and a datagram is dropped") {
  StickyGateway sticky;
  sticky.gateway.change([](auto& state) {
    for (auto& node : state.nodes) node.up = false;
  });
  const Outcome answer = sticky.open(kFarRemote, 700);
  CHECK(answer.verdict == Verdict::answer);
  CHECK(answer.reason == DropReason::no_node);
  CHECK(answer.text == "192.0.2.1:80 > 198.51.100.7:700 TCP RA seq 0 ack 1");
  CHECK(checksums_ok(answer.frame));
  const Outcome drop =
      sticky.gateway.from_remote(udp().from(kFarRemote, 514).to(kCluster, kSyslog).payload("x"));
  CHECK(drop.verdict == Verdict::drop);
  CHECK(drop.reason == DropReason::no_node);
}

TEST_CASE("a node that addresses the cluster is never sent to the gateway") {
  StickyGateway sticky;
  sticky.gateway.change([](auto& state) {
    for (auto& service : state.services) {
      if (service.name == "http") service.nodes = {kGateway, NodeId(3)};
    }
  });
  bool gateway_serves = false;
  for (std::uint16_t port = 700; port < 720; ++port) {
    const Outcome out =
        sticky.gateway.from_node(tcp().from(kAlpha, port).to(kCluster, kHttp).syn());
    CHECK(out.verdict == Verdict::forward);
    CHECK(out.packet.node == NodeId(3));
    gateway_serves |= sticky.open(remote(port), port).verdict == Verdict::local;
  }
  CHECK(gateway_serves);
}
