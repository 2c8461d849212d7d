#include "replay/sides.hpp"

#include <catch2/catch.hpp>

#include "sample.hpp"

namespace encluster::replay {
namespace {

using Catch::Contains;
using test::configuration;

std::vector<std::optional<Side>> sides(const std::vector<CaptureInterface>& interfaces,
                                       const std::vector<Mapping>& mappings = {}) {
  return sides_of(interfaces, configuration(), mappings);
}

TEST_CASE("a network goes by its name, its TAP's and its device's interface") {
  for (const char* name : {"campus", "ec-campus", "ext0"}) {
    CHECK(side_called(configuration(), name) == Side{0});
  }
  for (const char* name : {"interconnect", "inside", "ec-inside", "int0"}) {
    CHECK(side_called(configuration(), name) == kInterconnect);
  }
  for (const char* name : {"", "eth0", "ec-", "Campus", "ext"}) {
    CHECK_FALSE(side_called(configuration(), name).has_value());
  }
  CHECK(name_of(configuration(), 0) == "campus");
  CHECK(name_of(configuration(), kInterconnect) == "interconnect");
}

TEST_CASE("interfaces of no network have no side") {
  CHECK(sides({{"int0"}, {"lo", 276}, {"ext0"}}) ==
        std::vector<std::optional<Side>>{kInterconnect, std::nullopt, Side{0}});
}

TEST_CASE("a mapping goes by an interface's name, or else its position, and wins") {
  const std::vector<std::optional<Side>> both{Side{0}, kInterconnect};
  CHECK(sides({{"eth0"}, {"eth1"}}, {{"eth0", "campus"}, {"eth1", "inside"}}) == both);
  CHECK(sides({{""}, {""}}, {{"0", "campus"}, {"1", "interconnect"}}) == both);
  CHECK(sides({{"1"}, {"0"}}, {{"1", "campus"}, {"0", "interconnect"}}) == both);
  CHECK(sides({{"int0"}, {"ext0"}}, {{"int0", "campus"}, {"ext0", "interconnect"}}) == both);
}

TEST_CASE("mappings of what does not exist are refused, with what does") {
  CHECK_THROWS_WITH(sides({{"eth0"}}, {{"eth1", "campus"}}),
                    Contains("no interface 'eth1'") && Contains("0 'eth0'"));
  CHECK_THROWS_WITH(sides({{"eth0"}}, {{"eth0", "lab"}}),
                    Contains("'lab'") && Contains("allowed: campus, interconnect"));
}

TEST_CASE("a capture without any side of the gateway is refused") {
  CHECK_THROWS_WITH(sides({{"eth0"}, {"eth1"}}), Contains("0 'eth0', 1 'eth1'"));
  CHECK_THROWS_AS(sides({}), UsageError);
}

TEST_CASE("a side whose frames are not Ethernet is refused") {
  CHECK_THROWS_WITH(sides({{"ext0", 113}}), Contains("link type 113"));
}

}  // namespace
}  // namespace encluster::replay
