#include "control/slow_start.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

using namespace std::chrono_literals;
using switching::ClusterState;
using switching::kWholeShare;
using switching::RisingNode;

constexpr NodeId kOne{std::uint16_t{1}};
constexpr NodeId kTwo{std::uint16_t{2}};
constexpr auto kTime = 32s;

ClusterState two_nodes() {
  ClusterState state;
  state.slow_start = kTime;
  state.nodes = {{.name = "alpha", .id = kOne, .address = Ipv4Address(10, 77, 0, 11)},
                 {.name = "beta", .id = kTwo, .address = Ipv4Address(10, 77, 0, 12)}};
  return state;
}

/// A cluster that changes, and a clock.
struct Cluster {
  ClusterState state = two_nodes();
  SlowStart slow_start;
  SlowStart::Time now{};

  template <typename Change>
  std::vector<RisingNode> change(Change change) {
    ClusterState next = state;
    change(next);
    auto rising = slow_start.follow(state, next, now);
    state = std::move(next);
    return rising;
  }
  std::vector<RisingNode> pass(std::chrono::seconds time) {
    now += time;
    return slow_start.follow(state, state, now);
  }
};

using Rising = std::vector<RisingNode>;

}  // namespace

TEST_CASE("nodes that took sessions before do not rise") {
  Cluster cluster;
  CHECK(cluster.pass(0s).empty());
  CHECK(cluster.change([](ClusterState& state) { state.nodes[0].weight = 7; }).empty());
  CHECK(cluster.change([](ClusterState& state) { state.nodes[0].up = false; }).empty());
}

TEST_CASE("a node that begins to take sessions rises in equal steps to its whole share") {
  Cluster cluster;
  const auto stop = GENERATE(0, 1, 2);
  cluster.change([stop](ClusterState& state) {
    if (stop == 0) state.nodes[0].up = false;
    if (stop == 1) state.nodes[0].draining = true;
    if (stop == 2) state.nodes[0].weight = 0;
  });
  cluster.now += 100s;
  CHECK(cluster.change([](ClusterState& state) { state.nodes[0] = two_nodes().nodes[0]; }) ==
        Rising{{kOne, 1}});
  CHECK(cluster.pass(kTime / 2) == Rising{{kOne, 8}});
  CHECK(cluster.pass(kTime / 2 - 1s) == Rising{{kOne, kWholeShare - 1}});
  CHECK(cluster.pass(1s).empty());
  CHECK(cluster.pass(0s).empty());
}

TEST_CASE("a node that is new, or has another address, rises") {
  Cluster cluster;
  SECTION("new") {
    cluster.change([](ClusterState& state) { state.nodes.pop_back(); });
    CHECK(cluster.change([](ClusterState& state) { state.nodes = two_nodes().nodes; }) ==
          Rising{{kTwo, 1}});
  }
  SECTION("another address") {
    CHECK(cluster.change([](ClusterState& state) {
      state.nodes[1].address = Ipv4Address(10, 77, 0, 99);
    }) == Rising{{kTwo, 1}});
  }
}

TEST_CASE("a change of its weight does not send a node back") {
  Cluster cluster;
  cluster.change([](ClusterState& state) { state.nodes[0].up = false; });
  cluster.change([](ClusterState& state) { state.nodes[0].up = true; });
  cluster.now += kTime / 2;
  CHECK(cluster.change([](ClusterState& state) { state.nodes[0].weight = 9; }) ==
        Rising{{kOne, 8}});
}

TEST_CASE("a node that stops taking sessions on its way begins anew") {
  Cluster cluster;
  cluster.change([](ClusterState& state) { state.nodes[0].up = false; });
  cluster.change([](ClusterState& state) { state.nodes[0].up = true; });
  cluster.now += kTime / 2;
  CHECK(cluster.change([](ClusterState& state) { state.nodes[0].draining = true; }).empty());
  CHECK(cluster.change([](ClusterState& state) { state.nodes[0].draining = false; }) ==
        Rising{{kOne, 1}});
}

TEST_CASE("the gateway rises as other nodes do") {
  Cluster cluster;
  cluster.change([](ClusterState& state) { state.gateway_draining = true; });
  CHECK(cluster.change([](ClusterState& state) { state.gateway_draining = false; }) ==
        Rising{{kGateway, 1}});
}

TEST_CASE("without slow start nobody rises, and who does stops when it is switched off") {
  Cluster cluster;
  cluster.change([](ClusterState& state) { state.nodes[0].up = false; });
  cluster.change([](ClusterState& state) { state.nodes[0].up = true; });
  CHECK(cluster.change([](ClusterState& state) { state.slow_start = 0s; }).empty());
  cluster.change([](ClusterState& state) { state.nodes[0].up = false; });
  CHECK(cluster.change([](ClusterState& state) { state.nodes[0].up = true; }).empty());
}

TEST_CASE("a shorter slow start takes effect at once") {
  Cluster cluster;
  cluster.change([](ClusterState& state) { state.nodes[0].up = false; });
  cluster.change([](ClusterState& state) { state.nodes[0].up = true; });
  cluster.now += 8s;
  CHECK(cluster.change([](ClusterState& state) { state.slow_start = 16s; }) == Rising{{kOne, 8}});
  CHECK(cluster.change([](ClusterState& state) { state.slow_start = 8s; }).empty());
}

}  // namespace encluster::control
