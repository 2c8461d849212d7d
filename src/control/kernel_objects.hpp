// What the kernel says about routes and neighbours, in the gateway's words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "control/netlink.hpp"
#include "encluster/packet.hpp"
#include "switching/cluster_state.hpp"
#include "switching/route_table.hpp"

namespace encluster::control {

/// A TAP, and the side of the gateway it stands for.
struct TapLink {
  unsigned interface = 0;  ///< the kernel's index of it
  Egress egress = kInterconnect;
};

/// Nothing for an interface that is no TAP of ours.
[[nodiscard]] std::optional<Egress> egress_of(const std::vector<TapLink>& links, int interface);

/// What the kernel knows about a neighbour's MAC address (neighbour states of rtnetlink(7)).
enum class NeighbourState : std::uint8_t {
  gone,       ///< no entry
  pending,    ///< asked for, no answer yet
  resolved,   ///< reachable not long ago
  confirmed,  ///< answered just now, or entered by hand
  failed,     ///< asked for, and nobody answered
};

/// Whether the kernel would send to it.
[[nodiscard]] constexpr bool has_mac(NeighbourState state) noexcept {
  return state == NeighbourState::resolved || state == NeighbourState::confirmed;
}

/// Next hops that the kernel resolves at the gateway's request at any one time.
inline constexpr std::size_t kMaxNeighbours = 4096;

/// A neighbour on one of the TAPs.
struct ObservedNeighbour {
  switching::Neighbour neighbour;  ///< `mac` only where has_mac(state)
  NeighbourState state = NeighbourState::gone;
};

/// Nothing for other interfaces, other families, and bridges' entries.
[[nodiscard]] std::optional<ObservedNeighbour> to_neighbour(rtnl_neigh& entry,
                                                            const std::vector<TapLink>& links);

/// A route and the order among those of one prefix: the least metric first.
struct ObservedRoute {
  switching::Route route;
  std::uint32_t metric = 0;
};

/// Nothing unless it is a unicast route of the main table, for every type of service, whose first
/// usable next hop is on a network's TAP. Of several next hops (ECMP) the first is taken: which
/// cable a packet leaves by is no business of the remote's.
[[nodiscard]] std::optional<ObservedRoute> to_route(rtnl_route& entry,
                                                    const std::vector<TapLink>& links);

}  // namespace encluster::control
