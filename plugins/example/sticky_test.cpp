// A plugin's decisions, tested without a gateway: make the function by the plugin's own entry, and
// hand it messages.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "encluster/routing_function.hpp"
#include "net/reply.hpp"

extern "C" const encluster::PluginEntry encluster_plugin;

using namespace encluster;

namespace {

int failures = 0;

void check(bool holds, const char* sentence) {
  std::printf("%s: %s\n", holds ? "ok" : "NOT OK", sentence);
  if (!holds) ++failures;
}

constexpr NodeId node(std::uint16_t id) { return NodeId(id); }

std::shared_ptr<const RoutingFunction> make(const char* key = "web") {
  ServiceConfig config;
  config.name = "http";
  config.options["key"] = key;
  return encluster_plugin.make_routing(
      config, {.nodes = {kGateway, node(1), node(2), node(3)}, .exports = {}});
}

/// The gateway and nodes 1, 2 and 3, all up.
std::vector<NodeStatus> all_up() {
  std::vector<NodeStatus> nodes(4);
  for (NodeStatus& status : nodes) status.present = status.up = true;
  return nodes;
}

/// What the function does with a TCP segment of a remote.
RouteRequest route(const RoutingFunction& function, const std::vector<NodeStatus>& nodes,
                   std::uint32_t remote, std::uint8_t flags = tcp_flag::syn) {
  std::array<std::byte, 64> frame{};
  Packet packet;
  packet.frame = frame.data();
  packet.capacity = static_cast<std::uint16_t>(frame.size());
  net::write_segment(packet, {.source_mac = {},
                              .destination_mac = {},
                              .source = Ipv4Address(remote),
                              .destination = Ipv4Address(192, 0, 2, 1),
                              .source_port = PortNumber(std::uint16_t{50000}),
                              .destination_port = PortNumber(std::uint16_t{80}),
                              .flags = flags});
  RouteRequest request;
  request.packet = &packet;
  const std::array<RouteRequest*, 1> burst{&request};
  WorkerContext context;
  context.nodes = nodes;
  function.route(burst, context);
  request.packet = nullptr;
  return request;
}

/// Remotes enough that each node has some.
constexpr std::uint32_t kFirst = 0xc6336401, kLast = kFirst + 300;  // from 198.51.100.1

void test_nodes() {
  const auto function = make();
  std::vector<int> shares(4);
  for (std::uint32_t remote = kFirst; remote < kLast; ++remote) {
    ++shares[route(*function, all_up(), remote).node.value()];
  }
  check(shares[0] == 0, "the gateway is no candidate unless configured");
  check(shares[1] > 60 && shares[2] > 60 && shares[3] > 60, "every node has its share of remotes");

  std::vector<NodeStatus> nodes = all_up();
  nodes[2].draining = true;
  bool others_stay = true, moved = true;
  for (std::uint32_t remote = kFirst; remote < kLast; ++remote) {
    const NodeId before = route(*function, all_up(), remote).node;
    const NodeId after = route(*function, nodes, remote).node;
    if (before == node(2)) moved = moved && after != node(2);
    if (before != node(2)) others_stay = others_stay && after == before;
  }
  check(moved, "remotes of a node that drains move");
  check(others_stay, "remotes of other nodes stay");
}

void test_keys() {
  const auto function = make(), same = make(), other = make("mail");
  bool agree = true, differ = false;
  for (std::uint32_t remote = kFirst; remote < kLast; ++remote) {
    const NodeId chosen = route(*function, all_up(), remote).node;
    agree = agree && route(*same, all_up(), remote).node == chosen;
    differ = differ || route(*other, all_up(), remote).node != chosen;
  }
  check(agree, "services with the same key agree");
  check(differ, "services with different keys do not");
}

void test_verdicts() {
  const auto function = make();
  check(route(*function, all_up(), kFirst).remember, "a SYN leaves a connection");
  const RouteRequest stray = route(*function, all_up(), kFirst, tcp_flag::ack);
  check(stray.verdict == Verdict::forward && !stray.remember, "a stray segment leaves none");
  const RouteRequest refused = route(*function, std::vector<NodeStatus>(4), kFirst);
  check(refused.verdict == Verdict::answer && refused.reason == DropReason::no_node,
        "without a node the remote is told");
}

}  // namespace

int main() {
  test_nodes();
  test_keys();
  test_verdicts();
  return failures == 0 ? 0 : 1;
}
