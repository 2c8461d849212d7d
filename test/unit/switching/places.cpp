#include "switching/places.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace encluster::switching {
namespace {

constexpr Ipv4Prefix kCampus{Ipv4Address(192, 0, 2, 1), 24};
constexpr Ipv4Prefix kInterconnect{Ipv4Address(10, 77, 0, 1), 24};
constexpr Ipv4Address kRouter(192, 0, 2, 254);
constexpr Ipv4Address kFar(198, 51, 100, 7);

NetworkState network(const Ipv4Prefix& address) {
  NetworkState state;
  state.address = address;
  return state;
}

Route route(const Ipv4Prefix& prefix, NetworkIndex to, std::optional<Ipv4Address> gateway = {}) {
  return {.prefix = prefix, .network = to, .gateway = gateway};
}

bool is_host_address(Ipv4Address address) {
  const std::uint32_t first_byte = address.value() >> 24;
  return first_byte != 0 && first_byte != 127 && first_byte < 224;
}

/// The definition, rule by rule.
Place judge(Ipv4Address address, const std::vector<NetworkState>& networks,
            const Ipv4Prefix& interconnect, const std::vector<Route>& routes) {
  const bool group = address.value() >> 28 == 14 || address == Ipv4Address(255, 255, 255, 255) ||
                     is_directed_broadcast(address, interconnect);
  if (group || address == interconnect.address) return {.kind = PlaceKind::gateway};
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (address == networks[i].address.address) {
      return {.kind = PlaceKind::cluster, .network = static_cast<NetworkIndex>(i)};
    }
  }
  if (!is_host_address(address) || interconnect.contains(address)) {
    return {.kind = PlaceKind::inside};
  }
  const RouteTable table(routes);
  const Route* found = table.find(address);
  if (found == nullptr) return {};
  if (is_directed_broadcast(address, networks[found->network].address)) {
    return {.kind = PlaceKind::unreachable, .network = found->network};
  }
  return {.kind = PlaceKind::remote,
          .network = found->network,
          .gateway = found->gateway.value_or(Ipv4Address())};
}

TEST_CASE("What lies behind a gateway is sent to it, and finds its MAC address by number") {
  const Places places({network(kCampus)}, kInterconnect,
                      {route(kCampus, 0), route({Ipv4Address(), 0}, 0, kRouter)},
                      {{{NetworkIndex{0}, kRouter}, std::uint16_t{7}}});
  const Place& far = places.find(kFar);
  CHECK(far.kind == PlaceKind::remote);
  CHECK(far.gateway == kRouter);
  CHECK(far.router == 7);
  const Place& near = places.find(Ipv4Address(192, 0, 2, 9));
  CHECK(near.kind == PlaceKind::remote);
  CHECK(near.gateway == Ipv4Address());
  CHECK(near.router == 0);
}

TEST_CASE("A gateway of the same address on another network is another router") {
  const Places places({network(kCampus), network({kFar, 24})}, kInterconnect,
                      {route({Ipv4Address(), 0}, 1, kRouter)},
                      {{{NetworkIndex{0}, kRouter}, std::uint16_t{7}}});
  CHECK(places.find(Ipv4Address(203, 0, 113, 1)).router == 0);
}

TEST_CASE("No route leads into the interconnect, however long its prefix") {
  const Places places({network(kCampus)}, kInterconnect,
                      {route({Ipv4Address(10, 77, 0, 128), 25}, 0), route({kFar, 32}, 0)}, {});
  CHECK(places.find(Ipv4Address(10, 77, 0, 129)).kind == PlaceKind::inside);
  CHECK(places.find(kFar).kind == PlaceKind::remote);
}

TEST_CASE("Without networks and routes nothing is reached") {
  const Places places({}, kInterconnect, {}, {});
  CHECK(places.find(kFar).kind == PlaceKind::unreachable);
  CHECK(places.find(kFar).network == kNoNetwork);
}

TEST_CASE("One look-up says what all rules say together") {
  std::mt19937 random(11);
  const auto draw = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  // Few distinct bits, so that areas lie inside each other.
  const auto address = [&] {
    constexpr std::array<std::uint32_t, 6> kFirst{0, 10, 127, 192, 224, 255};
    return Ipv4Address(kFirst[draw(6)] << 24 | draw(3) << 14 | draw(4));
  };
  const auto prefix = [&](unsigned shortest) {
    return Ipv4Prefix{address(), static_cast<std::uint8_t>(shortest + draw(33 - shortest))};
  };
  for (unsigned round = 0; round < 300; ++round) {
    const std::vector<NetworkState> networks{network(prefix(8)), network(prefix(8))};
    const Ipv4Prefix interconnect = prefix(8);
    std::vector<Route> routes;
    for (unsigned i = draw(12); i > 0; --i) {
      routes.push_back(route(prefix(0), static_cast<NetworkIndex>(draw(2))));
      if (draw(2) == 0) routes.back().gateway = kRouter;
    }
    const Places places(networks, interconnect, routes, {});
    std::vector<Ipv4Address> probes{networks[0].address.last(), networks[1].address.last(),
                                    interconnect.first(), interconnect.last()};
    for (unsigned i = 0; i < 200; ++i) probes.push_back(address());
    for (const Ipv4Address probe : probes) {
      const Place expected = judge(probe, networks, interconnect, routes);
      const Place& found = places.find(probe);
      REQUIRE(found.kind == expected.kind);
      REQUIRE(found.network == expected.network);
      REQUIRE(found.gateway == expected.gateway);
    }
  }
}

}  // namespace
}  // namespace encluster::switching
