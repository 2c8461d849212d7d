#include "switching/places.hpp"

#include <algorithm>

namespace encluster::switching {

namespace {

/// Collects prefixes and what they mean, those that take precedence first.
class Collection {
 public:
  /// Notes an area, unless it lies in one that takes precedence. Of the others the longest prefix
  /// decides, which is the earlier one wherever two areas overlap.
  void add(const Ipv4Prefix& prefix, const Place& place) {
    if (is_taken(prefix)) return;
    prefixes.push_back(prefix);
    places.push_back(place);
  }
  /// From here on, areas are told apart by their prefixes' lengths alone.
  void close() { taken_ = prefixes.size(); }

  std::vector<Ipv4Prefix> prefixes;
  std::vector<Place> places;

 private:
  [[nodiscard]] bool is_taken(const Ipv4Prefix& prefix) const {
    const auto end =
        prefixes.begin() + static_cast<std::ptrdiff_t>(std::min(taken_, prefixes.size()));
    return std::any_of(prefixes.begin(), end, [&](const Ipv4Prefix& earlier) {
      return earlier.length <= prefix.length && earlier.contains(prefix.address);
    });
  }

  std::size_t taken_ = static_cast<std::size_t>(-1);
};

constexpr Ipv4Prefix host(Ipv4Address address) { return {address, 32}; }

void add_inside(Collection& areas, const std::vector<NetworkState>& networks,
                const Ipv4Prefix& interconnect) {
  const Place gateway{.kind = PlaceKind::gateway};
  areas.add(host(interconnect.address), gateway);
  areas.add(host(Ipv4Address(255, 255, 255, 255)), gateway);
  areas.add({Ipv4Address(224, 0, 0, 0), 4}, gateway);
  if (interconnect.length < 31) areas.add(host(interconnect.last()), gateway);
  for (std::size_t i = 0; i < networks.size(); ++i) {
    areas.add(host(networks[i].address.address),
              {.kind = PlaceKind::cluster, .network = static_cast<NetworkIndex>(i)});
  }
  const Place inside{.kind = PlaceKind::inside};
  areas.add({Ipv4Address(0, 0, 0, 0), 8}, inside);
  areas.add({Ipv4Address(127, 0, 0, 0), 8}, inside);
  areas.add({Ipv4Address(240, 0, 0, 0), 4}, inside);
  areas.add(interconnect, inside);
}

/// Nobody outside answers for a whole network (RFC 2644).
void add_broadcasts(Collection& areas, const std::vector<NetworkState>& networks,
                    const RouteTable& routes) {
  for (std::size_t i = 0; i < networks.size(); ++i) {
    const Ipv4Address last = networks[i].address.last();
    const Route* route = routes.find(last);
    if (!is_directed_broadcast(last, networks[i].address) || route == nullptr ||
        route->network != i) {
      continue;
    }
    areas.add(host(last), {.kind = PlaceKind::unreachable, .network = route->network});
  }
}

}  // namespace

Places::Places(const std::vector<NetworkState>& networks, const Ipv4Prefix& interconnect,
               const std::vector<Route>& routes, const Routers& routers) {
  Collection areas;
  add_inside(areas, networks, interconnect);
  add_broadcasts(areas, networks, RouteTable(routes));
  areas.close();
  for (const Route& route : routes) {
    Place place{.kind = PlaceKind::remote, .network = route.network};
    if (route.gateway.has_value()) {
      const auto known = routers.find({route.network, *route.gateway});
      place.gateway = *route.gateway;
      place.router = known == routers.end() ? std::uint16_t{0} : known->second;
    }
    areas.add(route.prefix, place);
  }
  areas.add({Ipv4Address(), 0}, {.kind = PlaceKind::unreachable});
  places_ = std::move(areas.places);
  positions_ = PrefixTable(areas.prefixes);
}

}  // namespace encluster::switching
