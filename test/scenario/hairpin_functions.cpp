// Routing functions that hold or copy what nodes send to the cluster.
#include <array>
#include <catch2/catch.hpp>

#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::uint16_t kPort = 2049;

/// Holds messages until beta is up, then sends them there.
class WaitForBeta final : public RoutingFunction {
 public:
  void route(std::span<RouteRequest* const> burst, WorkerContext& context) const noexcept override {
    for (RouteRequest* request : burst) {
      if (context.nodes[2].up) {
        request->forward(NodeId(2));
      } else {
        request->verdict = Verdict::hold;
      }
    }
  }
};

/// Sends every message to beta and to gamma.
class ToTwo final : public RoutingFunction {
 public:
  void route(std::span<RouteRequest* const> burst, WorkerContext&) const noexcept override {
    for (RouteRequest* request : burst) {
      request->verdict = Verdict::copy;
      request->copies = nodes_;
    }
  }

 private:
  std::array<NodePort, 2> nodes_{NodePort{NodeId(2), {}}, NodePort{NodeId(3), {}}};
};

template <typename Function>
std::shared_ptr<const RoutingFunction> make(const ServiceConfig&, const ClusterView&) {
  return std::make_shared<Function>();
}

switching::ClusterState cluster_with(std::string plugin) {
  switching::ClusterState state = example_cluster();
  ServiceConfig service;
  service.name = plugin;
  service.protocol = Protocol::udp;
  service.port = PortNumber(kPort);
  service.plugin = std::move(plugin);
  state.services.push_back(service);
  state.nodes[1].up = false;
  return state;
}

PacketBuilder call(std::uint16_t port = 1000) {
  return udp().from(kAlpha, port).to(kCluster, kPort).payload("call");
}

}  // namespace

TEST_CASE("a node's message that a function holds goes on when the cluster has changed") {
  Gateway gateway(cluster_with("wait"), Gateway::small_limits(), {{"wait", &make<WaitForBeta>}});
  CHECK(gateway.from_node(call()).verdict == Verdict::hold);
  CHECK(gateway.pass(1).empty());
  gateway.change([](switching::ClusterState& state) { state.nodes[1].up = true; });
  const Extras sent = gateway.pass(1);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].verdict == Verdict::forward);
  CHECK(sent[0].text == "192.0.2.1:1000 > 10.77.0.12:2049 UDP len 4");
  CHECK(checksums_ok(sent[0].frame));
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("a renumbered node's message that was held goes on under its number") {
  Gateway gateway(cluster_with("wait"), Gateway::small_limits(), {{"wait", &make<WaitForBeta>}});
  gateway.change(
      [](switching::ClusterState& state) { state.services.back().protocol = Protocol::tcp; });
  gateway.from_node(tcp().from(kAlpha, 1023).to(kCluster, kPort).syn());
  gateway.from_node(tcp().from(kGamma, 1023).to(kCluster, kPort).syn());
  gateway.change([](switching::ClusterState& state) { state.nodes[1].up = true; });
  const Extras sent = gateway.pass(1);
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].text == "192.0.2.1:1023 > 10.77.0.12:2049 TCP S seq 0");
  CHECK(sent[1].text == "192.0.2.1:1022 > 10.77.0.12:2049 TCP S seq 0");
}

TEST_CASE("a node's message that a function holds in vain is dropped by that name") {
  Gateway gateway(cluster_with("wait"), Gateway::small_limits(), {{"wait", &make<WaitForBeta>}});
  gateway.from_node(call());
  const Extras sent = gateway.pass(3);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].verdict == Verdict::drop);
  CHECK(sent[0].reason == DropReason::hold_expired);
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("held messages are bounded") {
  Gateway gateway(cluster_with("wait"), Gateway::small_limits(), {{"wait", &make<WaitForBeta>}});
  for (std::uint16_t i = 0; i < 64; ++i) {
    const auto port = static_cast<std::uint16_t>(kAlphaSlice + i);
    CHECK(gateway.from_node(call(port)).verdict == Verdict::hold);
  }
  const Outcome out = gateway.from_node(call(kAlphaSlice + 64));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::hold_full);
}

TEST_CASE("a node's message that a function copies reaches each node from the cluster") {
  Gateway gateway(cluster_with("two"), Gateway::small_limits(), {{"two", &make<ToTwo>}});
  const Outcome first = gateway.from_node(call());
  CHECK(first.text == "192.0.2.1:1000 > 10.77.0.12:2049 UDP len 4");
  REQUIRE(gateway.extras().size() == 1);
  CHECK(gateway.extras()[0].text == "192.0.2.1:1000 > 10.77.0.13:2049 UDP len 4");
  CHECK(checksums_ok(gateway.extras()[0].frame));
  CHECK(gateway.buffers_kept() == 0);
}
