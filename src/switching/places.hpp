// What an address means to the gateway: one look-up instead of a question for each rule.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "encluster/types.hpp"
#include "switching/cluster_state.hpp"
#include "switching/prefix_table.hpp"
#include "switching/route_table.hpp"

namespace encluster::switching {

/// Of addresses that are several of these, the first holds.
enum class PlaceKind : std::uint8_t {
  gateway,      ///< the gateway's own on the interconnect, or a group of hosts there
  cluster,      ///< a cluster address, of `network`
  inside,       ///< another address on the interconnect, or one that no host can have
  unreachable,  ///< no route leads there, or it means a whole network
  remote,       ///< a route leads there
};

inline constexpr NetworkIndex kNoNetwork = 0xff;

struct Place {
  PlaceKind kind = PlaceKind::unreachable;
  NetworkIndex network = kNoNetwork;  ///< where the route leads; of `cluster` the address's own
  std::uint16_t router = 0;           ///< of `remote`: the gateway's number; 0: none, or unknown
  Ipv4Address gateway{};              ///< of `remote`: the next hop; 0: the address itself
};

/// The address that means every host of a network. Two-host networks have none (RFC 3021).
[[nodiscard]] constexpr bool is_directed_broadcast(Ipv4Address address,
                                                   const Ipv4Prefix& network) noexcept {
  return network.length < 31 && address == network.last();
}

/// Routers by network and address, and the numbers, from 1, by which places refer to them.
using Routers = std::map<std::pair<NetworkIndex, Ipv4Address>, std::uint16_t>;

/// Immutable; any number of threads may call find().
class Places {
 public:
  Places() : Places({}, {}, {}, {}) {}
  /// @param routers those whose MAC addresses are known
  Places(const std::vector<NetworkState>& networks, const Ipv4Prefix& interconnect,
         const std::vector<Route>& routes, const Routers& routers);

  /// Valid as long as the table.
  [[nodiscard]] const Place& find(Ipv4Address address) const noexcept {
    return places_[positions_.find(address)];
  }

 private:
  std::vector<Place> places_;
  PrefixTable positions_;  ///< covers every address
};

}  // namespace encluster::switching
