#include "control/cluster_from_configuration.hpp"

#include <catch2/catch.hpp>

#include "unit/control/configuration_samples.hpp"

namespace encluster::control {

TEST_CASE("the cluster's state holds what is configured") {
  const auto state =
      cluster_from(parse(changed("192.0.2.1/24}", "192.0.2.1/24, dynamic_syn: deny}") +
                         R"(
gateway: {weight: 7, draining: true}
services:
  - {name: rlogin, port: 513/tcp, plugin: login}
  - {name: database, port: 5432/tcp, node: beta}
exports: [{path: /export, node: alpha}]
)"));
  CHECK(state.name == "demo");
  REQUIRE(state.networks.size() == 1);
  CHECK(state.networks[0].name == "campus");
  CHECK(state.networks[0].address == Ipv4Prefix{Ipv4Address(192, 0, 2, 1), 24});
  CHECK_FALSE(state.networks[0].dynamic_syn);
  CHECK(state.interconnect.address == Ipv4Prefix{Ipv4Address(10, 77, 0, 1), 24});
  REQUIRE(state.nodes.size() == 2);
  CHECK(state.nodes[0].name == "alpha");
  CHECK(state.nodes[0].up);
  CHECK(state.gateway_weight == 7);
  CHECK(state.gateway_draining);
  REQUIRE(state.services.size() == 2);
  CHECK(state.services[1].name == "database");
  CHECK(state.exports.size() == 1);
}

TEST_CASE("the cluster's state knows the MTU of each side") {
  std::string text = changed("192.0.2.1/24}", "192.0.2.1/24, mtu: 1400}");
  text.replace(text.find("10.77.0.1/24}"), 13, "10.77.0.1/24, mtu: 9000}");
  const auto state = cluster_from(parse(text));
  CHECK(state.networks[0].mtu == 1400);
  CHECK(state.interconnect.mtu == 9000);
}

TEST_CASE("the cluster's state holds who may open connections to dynamic ports") {
  const auto state =
      cluster_from(parse(changed("192.0.2.1/24}", "192.0.2.1/24, dynamic_syn: [10.0.0.0/8]}")));
  CHECK_FALSE(state.networks[0].dynamic_syn);
  CHECK(state.networks[0].dynamic_syn_from ==
        std::vector<Ipv4Prefix>{{Ipv4Address(10, 0, 0, 0), 8}});
}

TEST_CASE("automatic slices are the largest power of two that fits") {
  CHECK(cluster_from(parse(kSmall)).ports.slice_size == 16384);
  CHECK(cluster_from(parse(changed("id: 2", "id: 3"))).ports.slice_size == 8192);
  CHECK(cluster_from(parse(changed("id: 2", "id: 1023"))).ports.slice_size == 32);
}

TEST_CASE("slices of a configured size are taken as they are") {
  const auto state = cluster_from(parse(kSmall + "ports: {first: 20000, slice: 512}\n"));
  CHECK(state.ports.first.value() == 20000);
  CHECK(state.ports.slice_size == 512);
}

}  // namespace encluster::control
