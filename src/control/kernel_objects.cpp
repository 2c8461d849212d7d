#include "control/kernel_objects.hpp"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace encluster::control {
namespace {

NeighbourState state_of(int kernel_state) {
  constexpr int kConfirmed = NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP;
  constexpr int kResolved = NUD_STALE | NUD_DELAY | NUD_PROBE;
  if ((kernel_state & kConfirmed) != 0) return NeighbourState::confirmed;
  if ((kernel_state & kResolved) != 0) return NeighbourState::resolved;
  return (kernel_state & NUD_FAILED) != 0 ? NeighbourState::failed : NeighbourState::pending;
}

rtnl_nexthop* first_usable_hop(rtnl_route& entry) {
  const int hops = rtnl_route_get_nnexthops(&entry);
  for (int i = 0; i < hops; ++i) {
    rtnl_nexthop* hop = rtnl_route_nexthop_n(&entry, i);
    if ((rtnl_route_nh_get_flags(hop) & (RTNH_F_DEAD | RTNH_F_LINKDOWN)) == 0) return hop;
  }
  return nullptr;
}

}  // namespace

std::optional<Egress> egress_of(const std::vector<TapLink>& links, int interface) {
  const auto link = std::ranges::find_if(
      links, [&](const TapLink& one) { return std::cmp_equal(one.interface, interface); });
  if (link == links.end()) return std::nullopt;
  return link->egress;
}

std::optional<ObservedNeighbour> to_neighbour(rtnl_neigh& entry,
                                              const std::vector<TapLink>& links) {
  const auto egress = egress_of(links, rtnl_neigh_get_ifindex(&entry));
  const auto address = to_prefix(rtnl_neigh_get_dst(&entry));
  if (!egress || !address || rtnl_neigh_get_family(&entry) != AF_INET) return std::nullopt;

  ObservedNeighbour found{.neighbour = {.egress = *egress, .address = address->address},
                          .state = state_of(rtnl_neigh_get_state(&entry))};
  if (!has_mac(found.state)) return found;
  const nl_addr* lladdr = rtnl_neigh_get_lladdr(&entry);
  if (lladdr == nullptr || nl_addr_get_len(lladdr) != found.neighbour.mac.size()) {
    found.state = NeighbourState::pending;
    return found;
  }
  const auto* bytes = static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(lladdr));
  std::copy_n(bytes, found.neighbour.mac.size(), found.neighbour.mac.begin());
  return found;
}

std::optional<ObservedRoute> to_route(rtnl_route& entry, const std::vector<TapLink>& links) {
  if (rtnl_route_get_family(&entry) != AF_INET || rtnl_route_get_table(&entry) != RT_TABLE_MAIN ||
      rtnl_route_get_type(&entry) != RTN_UNICAST || rtnl_route_get_tos(&entry) != 0) {
    return std::nullopt;
  }
  const auto prefix = to_prefix(rtnl_route_get_dst(&entry));
  rtnl_nexthop* hop = first_usable_hop(entry);
  if (!prefix || hop == nullptr) return std::nullopt;
  const auto egress = egress_of(links, rtnl_route_nh_get_ifindex(hop));
  // A next hop given by an IPv6 address (RFC 5549) is on no network of ours.
  if (!egress || *egress == kInterconnect || rtnl_route_nh_get_via(hop) != nullptr) {
    return std::nullopt;
  }
  ObservedRoute found{.route = {.prefix = *prefix, .network = *egress, .gateway = std::nullopt},
                      .metric = rtnl_route_get_priority(&entry)};
  if (const auto gateway = to_prefix(rtnl_route_nh_get_gateway(hop))) {
    found.route.gateway = gateway->address;
  }
  return found;
}

}  // namespace encluster::control
