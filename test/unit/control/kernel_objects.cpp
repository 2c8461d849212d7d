#include "control/kernel_objects.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

using KernelNeighbour = std::unique_ptr<rtnl_neigh, FreeWith<rtnl_neigh_put>>;

constexpr int kCampus = 7;
constexpr int kInside = 8;
constexpr int kOther = 9;
constexpr MacAddress kMac{0x02, 0, 0, 0, 0, 0x99};
constexpr Ipv4Address kRouter(192, 0, 2, 254);

const std::vector<TapLink> kLinks{{kCampus, 0}, {kInside, kInterconnect}};

KernelNeighbour neighbour(int interface, int state) {
  KernelNeighbour entry(rtnl_neigh_alloc());
  rtnl_neigh_set_family(entry.get(), AF_INET);
  rtnl_neigh_set_ifindex(entry.get(), interface);
  rtnl_neigh_set_state(entry.get(), state);
  REQUIRE(rtnl_neigh_set_dst(entry.get(), to_netlink(kRouter).get()) == 0);
  const NetlinkAddress mac(nl_addr_build(AF_LLC, kMac.data(), kMac.size()));
  rtnl_neigh_set_lladdr(entry.get(), mac.get());
  return entry;
}

struct Hop {
  int interface = kCampus;
  std::optional<Ipv4Address> gateway;
  unsigned flags = 0;
};

KernelRoute route(const Ipv4Prefix& prefix, const std::vector<Hop>& hops) {
  KernelRoute entry(rtnl_route_alloc());
  rtnl_route_set_family(entry.get(), AF_INET);
  rtnl_route_set_table(entry.get(), RT_TABLE_MAIN);
  rtnl_route_set_type(entry.get(), RTN_UNICAST);
  rtnl_route_set_dst(entry.get(), to_netlink(prefix).get());
  for (const Hop& one : hops) {
    rtnl_nexthop* hop = rtnl_route_nh_alloc();
    rtnl_route_nh_set_ifindex(hop, one.interface);
    rtnl_route_nh_set_flags(hop, one.flags);
    if (one.gateway) rtnl_route_nh_set_gateway(hop, to_netlink(*one.gateway).get());
    rtnl_route_add_nexthop(entry.get(), hop);
  }
  return entry;
}

TEST_CASE("a neighbour is resolved in every state in which the kernel would send to it") {
  for (const int state :
       {NUD_REACHABLE, NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_PERMANENT, NUD_NOARP}) {
    const auto seen = to_neighbour(*neighbour(kInside, state), kLinks);
    REQUIRE(seen);
    CHECK(has_mac(seen->state));
    CHECK(seen->neighbour == switching::Neighbour{kInterconnect, kRouter, kMac});
  }
}

TEST_CASE("a neighbour is confirmed where it has just answered, or needs not") {
  for (const int state : {NUD_REACHABLE, NUD_PERMANENT, NUD_NOARP}) {
    CHECK(to_neighbour(*neighbour(kInside, state), kLinks)->state == NeighbourState::confirmed);
  }
  for (const int state : {NUD_STALE, NUD_DELAY, NUD_PROBE}) {
    CHECK(to_neighbour(*neighbour(kInside, state), kLinks)->state == NeighbourState::resolved);
  }
}

TEST_CASE("a neighbour that is being looked for, or was not found, is not resolved") {
  CHECK(to_neighbour(*neighbour(kCampus, NUD_INCOMPLETE), kLinks)->state ==
        NeighbourState::pending);
  CHECK(to_neighbour(*neighbour(kCampus, NUD_FAILED), kLinks)->state == NeighbourState::failed);
}

TEST_CASE("a neighbour without an Ethernet address is not resolved") {
  const KernelNeighbour entry = neighbour(kCampus, NUD_REACHABLE);
  const std::uint32_t tunnel = 0;
  const NetlinkAddress odd(nl_addr_build(AF_INET, &tunnel, sizeof(tunnel)));
  rtnl_neigh_set_lladdr(entry.get(), odd.get());
  CHECK(to_neighbour(*entry, kLinks)->state == NeighbourState::pending);
}

TEST_CASE("neighbours on other interfaces and of bridges are none of ours") {
  CHECK_FALSE(to_neighbour(*neighbour(kOther, NUD_REACHABLE), kLinks));
  const KernelNeighbour bridged = neighbour(kCampus, NUD_REACHABLE);
  rtnl_neigh_set_family(bridged.get(), AF_BRIDGE);
  CHECK_FALSE(to_neighbour(*bridged, kLinks));
}

TEST_CASE("a default route leads through its gateway") {
  const auto seen = to_route(*route({}, {{kCampus, kRouter}}), kLinks);
  REQUIRE(seen);
  CHECK(seen->route == switching::Route{{}, 0, kRouter});
}

TEST_CASE("a connected network's remotes are their own next hops") {
  const Ipv4Prefix campus{Ipv4Address(192, 0, 2, 0), 24};
  const auto seen = to_route(*route(campus, {{kCampus, std::nullopt}}), kLinks);
  REQUIRE(seen);
  CHECK(seen->route == switching::Route{campus, 0, std::nullopt});
}

TEST_CASE("of several next hops the first that works is taken") {
  const auto seen = to_route(
      *route({}, {{kCampus, Ipv4Address(192, 0, 2, 253), RTNH_F_DEAD}, {kCampus, kRouter}}),
      kLinks);
  REQUIRE(seen);
  CHECK(seen->route.gateway == kRouter);
  CHECK_FALSE(to_route(*route({}, {{kCampus, kRouter, RTNH_F_LINKDOWN}}), kLinks));
}

TEST_CASE("routes over the interconnect and over other interfaces lead to no network") {
  const Ipv4Prefix inside{Ipv4Address(10, 77, 0, 0), 24};
  CHECK_FALSE(to_route(*route(inside, {{kInside, std::nullopt}}), kLinks));
  CHECK_FALSE(to_route(*route({}, {{kOther, kRouter}}), kLinks));
}

TEST_CASE("only unicast routes of the main table for all traffic count") {
  const KernelRoute unreachable = route({}, {{kCampus, kRouter}});
  rtnl_route_set_type(unreachable.get(), RTN_UNREACHABLE);
  CHECK_FALSE(to_route(*unreachable, kLinks));
  const KernelRoute local = route({}, {{kCampus, kRouter}});
  rtnl_route_set_table(local.get(), RT_TABLE_LOCAL);
  CHECK_FALSE(to_route(*local, kLinks));
  const KernelRoute urgent = route({}, {{kCampus, kRouter}});
  rtnl_route_set_tos(urgent.get(), 0x10);
  CHECK_FALSE(to_route(*urgent, kLinks));
}

TEST_CASE("a route without next hops leads nowhere") {
  CHECK_FALSE(to_route(*route({}, {}), kLinks));
}

}  // namespace
}  // namespace encluster::control
