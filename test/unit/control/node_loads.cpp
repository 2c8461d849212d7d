#include "control/node_loads.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

using Loads = std::vector<switching::NodeLoad>;

constexpr NodeId kOne{std::uint16_t{1}};
constexpr NodeId kTwo{std::uint16_t{2}};

bool worth_telling(std::uint16_t published, std::uint16_t reported) {
  return changed_loads({{kOne, published}}, {{kOne, reported}}).has_value();
}

}  // namespace

TEST_CASE("a load is told anew when it has changed by a tenth of a task, or by an eighth") {
  CHECK_FALSE(worth_telling(0, 9));
  CHECK(worth_telling(0, 10));
  CHECK_FALSE(worth_telling(50, 41));
  CHECK(worth_telling(50, 40));
  CHECK_FALSE(worth_telling(800, 899));
  CHECK(worth_telling(800, 900));
  CHECK(worth_telling(800, 700));
  CHECK(worth_telling(65535, 0));
  CHECK(worth_telling(0, 65535));
}

TEST_CASE("when one load is told anew, all are told as they are") {
  const Loads published{{kOne, 100}, {kTwo, 100}};
  CHECK(changed_loads(published, {{kOne, 101}, {kTwo, 105}}) == std::nullopt);
  CHECK(changed_loads(published, {{kOne, 101}, {kTwo, 300}}) == Loads{{kOne, 101}, {kTwo, 300}});
}

TEST_CASE("loads are told anew when another node is known") {
  const Loads published{{kOne, 100}};
  CHECK(changed_loads(published, {{kTwo, 100}}));
  CHECK(changed_loads(published, {{kOne, 100}, {kTwo, 100}}));
  CHECK(changed_loads(published, {}) == Loads());
  CHECK(changed_loads({}, {}) == std::nullopt);
}

TEST_CASE("loads matter where a service is scheduled by them") {
  switching::ClusterState state;
  ServiceConfig service;
  state.services = {service};
  CHECK_FALSE(wants_loads(state));
  service.options["scheduler"] = "least-connections";
  state.services.push_back(service);
  CHECK_FALSE(wants_loads(state));
  service.options["scheduler"] = "least-loaded";
  state.services.push_back(service);
  CHECK(wants_loads(state));
}

}  // namespace encluster::control
