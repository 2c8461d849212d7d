#include "switching/route_table.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace encluster::switching {
namespace {

Route route(Ipv4Address address, unsigned length, NetworkIndex network) {
  return {.prefix = {address, static_cast<std::uint8_t>(length)},
          .network = network,
          .gateway = std::nullopt};
}

/// The definition, taken literally: the longest of all that contain the address, the first of
/// equals.
const Route* longest(const std::vector<Route>& routes, Ipv4Address address) {
  const Route* best = nullptr;
  for (const Route& candidate : routes) {
    if (!candidate.prefix.contains(address)) continue;
    if (best == nullptr || candidate.prefix.length > best->prefix.length) best = &candidate;
  }
  return best;
}

void require_same(const RouteTable& table, const std::vector<Route>& routes, Ipv4Address address) {
  const Route* found = table.find(address);
  const Route* expected = longest(routes, address);
  REQUIRE((found != nullptr) == (expected != nullptr));
  if (found != nullptr) REQUIRE(*found == *expected);
}

TEST_CASE("An empty route table leads nowhere") {
  CHECK(RouteTable().find(Ipv4Address(192, 0, 2, 1)) == nullptr);
  CHECK(RouteTable(std::vector<Route>{}).find(Ipv4Address(0u)) == nullptr);
}

TEST_CASE("The default route holds for every address that has no better one") {
  Route fallback = route(Ipv4Address(0u), 0, 0);
  fallback.gateway = Ipv4Address(192, 0, 2, 254);
  const std::vector<Route> routes = {fallback, route(Ipv4Address(192, 0, 2, 0), 24, 0),
                                     route(Ipv4Address(198, 51, 100, 0), 24, 1)};
  const RouteTable table(routes);
  CHECK(table.find(Ipv4Address(0u))->gateway == fallback.gateway);
  CHECK(table.find(Ipv4Address(255, 255, 255, 255))->gateway == fallback.gateway);
  CHECK(table.find(Ipv4Address(192, 0, 2, 0))->gateway == std::nullopt);
  CHECK(table.find(Ipv4Address(192, 0, 2, 255))->gateway == std::nullopt);
  CHECK(table.find(Ipv4Address(192, 0, 3, 0))->gateway == fallback.gateway);
  CHECK(table.find(Ipv4Address(198, 51, 100, 7))->network == 1);
}

TEST_CASE("Nested routes that start or end together go to the longest") {
  const std::vector<Route> routes = {
      route(Ipv4Address(10, 0, 0, 0), 8, 0),        route(Ipv4Address(10, 0, 0, 0), 16, 1),
      route(Ipv4Address(10, 0, 0, 0), 32, 2),       route(Ipv4Address(10, 255, 0, 0), 16, 3),
      route(Ipv4Address(10, 255, 255, 255), 32, 4), route(Ipv4Address(255, 255, 255, 255), 32, 5),
      route(Ipv4Address(255, 0, 0, 0), 8, 6)};
  const RouteTable table(routes);
  for (const std::uint32_t edge : {0x0a000000u, 0x0a010000u, 0x0aff0000u, 0x0affffffu, 0x0b000000u,
                                   0xff000000u, 0xffffffffu, 0u}) {
    for (const std::uint32_t address : {edge - 1, edge, edge + 1}) {
      require_same(table, routes, Ipv4Address(address));
    }
  }
}

TEST_CASE("Of two routes with one prefix the first wins, whatever their host bits") {
  const RouteTable table(
      {route(Ipv4Address(10, 0, 0, 1), 24, 3), route(Ipv4Address(10, 0, 0, 0), 24, 4)});
  CHECK(table.find(Ipv4Address(10, 0, 0, 9))->network == 3);
}

TEST_CASE("A route table agrees with a scan of all prefixes") {
  std::mt19937 random(7);
  const auto draw = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  for (const unsigned size : {1u, 2u, 5u, 40u, 300u}) {
    for (unsigned round = 0; round < 20; ++round) {
      std::vector<Route> routes;
      for (unsigned i = 0; i < size; ++i) {
        // Few distinct leading bits, so that many prefixes lie inside each other.
        const std::uint32_t address = draw(4) << 30 | draw(4) << 14 | draw(4);
        routes.push_back(route(Ipv4Address(address), draw(33), static_cast<NetworkIndex>(i % 16)));
      }
      const RouteTable table(routes);
      for (const Route& each : routes) {
        const std::uint32_t first = each.prefix.first().value();
        const std::uint32_t last = each.prefix.last().value();
        for (const std::uint32_t address : {first - 1, first, last, last + 1}) {
          require_same(table, routes, Ipv4Address(address));
        }
      }
      for (unsigned i = 0; i < 100; ++i) {
        require_same(table, routes, Ipv4Address(static_cast<std::uint32_t>(random())));
      }
    }
  }
}

}  // namespace
}  // namespace encluster::switching
