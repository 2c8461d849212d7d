#include "control/cluster_controller.hpp"

#include <catch2/catch.hpp>

#include "control/cluster_from_configuration.hpp"
#include "login/login.hpp"
#include "unit/control/configuration_samples.hpp"

namespace encluster::control {
namespace {

using namespace std::chrono_literals;
using switching::LeaseState;

const std::vector<LeaseState> kLeases{
    {.protocol = Protocol::udp, .port = PortNumber(std::uint16_t{500}), .node = NodeId(1)}};

struct Fixture {
  int published = 0;
  std::vector<std::uint16_t> weights;  ///< as published
  SlowStart::Time now{};
  ClusterController controller{
      cluster_from(parse(kSmall)), {{"login", login::make_login}}, 1, [this] { return now; }};

  Fixture() {
    controller.publish_to([this](auto snapshot) {
      ++published;
      weights.clear();
      for (const NodeStatus& node : snapshot->nodes) weights.push_back(node.weight);
    });
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "leases are published when they change") {
  controller.set_leases(kLeases);
  CHECK(published == 1);
  CHECK(controller.state().leases == kLeases);
  controller.set_leases(kLeases);
  CHECK(published == 1);
  controller.set_leases({});
  CHECK(published == 2);
}

TEST_CASE_METHOD(Fixture, "a reload has the leases that it is given") {
  controller.set_leases(kLeases);
  auto next = cluster_from(parse(kSmall));
  SECTION("some") {
    next.leases = kLeases;
    controller.reload(next);
    CHECK(controller.state().leases == kLeases);
  }
  SECTION("none") {
    controller.reload(next);
    CHECK(controller.state().leases.empty());
  }
}

TEST_CASE_METHOD(Fixture, "what is learnt at run time leaves the leases as they are") {
  controller.set_leases(kLeases);
  controller.set_node_up(NodeId(2), false);
  controller.set_kernel_view({}, {});
  CHECK(controller.state().leases == kLeases);
}

TEST_CASE_METHOD(Fixture,
                 "the port of MOUNT's lists is published when it changes, and outlives a reload") {
  constexpr PortNumber kPort{std::uint16_t{16400}};
  controller.set_mount_lists_port(kPort);
  controller.set_mount_lists_port(kPort);
  CHECK(published == 1);
  controller.reload(cluster_from(parse(kSmall)));
  CHECK(controller.state().mount_lists_port == kPort);
}

TEST_CASE_METHOD(Fixture, "loads are published when a service wants to know them") {
  const std::vector<switching::NodeLoad> loads{{NodeId(1), 100}, {NodeId(2), 0}};
  controller.set_loads(loads);
  CHECK(published == 0);
  auto next = cluster_from(parse(kSmall + R"(services:
  - {name: ssh, port: 22/tcp, plugin: login, scheduler: least-loaded}
)"));
  controller.reload(next);
  controller.set_loads(loads);
  CHECK(published == 2);
  CHECK(controller.state().loads == loads);
  controller.set_loads({{NodeId(1), 105}, {NodeId(2), 3}});
  CHECK(published == 2);
  controller.reload(next);
  CHECK(controller.state().loads == loads);
  controller.reload(cluster_from(parse(kSmall)));
  controller.set_loads(loads);
  CHECK(controller.state().loads.empty());
}

TEST_CASE_METHOD(Fixture, "a node that comes back rises, step by step") {
  const auto beta = [this] { return weights.at(2) / static_cast<double>(weights.at(1)); };
  controller.set_node_up(NodeId(2), false);
  controller.set_node_up(NodeId(2), true);
  CHECK(beta() == 1.0 / switching::kWholeShare);
  CHECK(share_of(controller.state(), NodeId(2)) == NodeShare{1, false});
  controller.advance();
  CHECK(published == 2);
  now += 15s;
  controller.advance();
  CHECK(published == 3);
  CHECK(beta() == 0.5);
  controller.set_node_share(NodeId(2), {.weight = 4, .draining = false});
  CHECK(beta() == 2);
  now += 15s;
  controller.advance();
  CHECK(weights == std::vector<std::uint16_t>{1, 1, 4});
  controller.advance();
  CHECK(published == 5);
}

TEST_CASE_METHOD(Fixture, "a node rises on when the configuration is read again") {
  controller.set_node_up(NodeId(2), false);
  controller.set_node_up(NodeId(2), true);
  now += 15s;
  controller.reload(cluster_from(parse(kSmall)));
  CHECK(controller.state().rising == std::vector<switching::RisingNode>{{NodeId(2), 8}});
}

TEST_CASE_METHOD(Fixture, "a change that is refused leaves those that rise as they were") {
  controller.set_node_up(NodeId(2), false);
  auto next = controller.state();
  next.services.emplace_back().plugin = "none";
  next.nodes.front().address = Ipv4Address(10, 77, 0, 21);
  CHECK(controller.refusal().empty());
  CHECK_THROWS_AS(controller.reload(next), switching::CompileError);
  CHECK_FALSE(controller.refusal().empty());
  controller.set_node_up(NodeId(2), true);
  CHECK(controller.state().rising == std::vector<switching::RisingNode>{{NodeId(2), 1}});
}

TEST_CASE_METHOD(Fixture, "a node's share is published when it changes") {
  controller.set_node_share(NodeId(1), {.weight = 3, .draining = true});
  CHECK(published == 1);
  CHECK(share_of(controller.state(), NodeId(1)) == NodeShare{3, true});
  controller.set_node_share(NodeId(1), {.weight = 3, .draining = true});
  CHECK(published == 1);
  controller.set_node_share(kGateway, {.weight = 0, .draining = false});
  CHECK(published == 2);
  CHECK(controller.state().gateway_weight == 0);
}

}  // namespace encluster::control
