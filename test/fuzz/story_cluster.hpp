// The cluster of a story: the example cluster of the scenarios, and what may be changed about it.
#pragma once

#include <bitset>
#include <cstdint>

#include "support/gateway.hpp"

namespace encluster::fuzz {

/// A second network, and a remote behind its router.
inline constexpr Ipv4Address kSecondCluster{203, 0, 113, 1};
inline constexpr Ipv4Address kSecondRouter{203, 0, 113, 254};
inline constexpr Ipv4Address kSecondRemote{203, 0, 113, 9};
inline constexpr Ipv4Address kUnresolvedRemote{192, 0, 2, 102};  ///< has no neighbour entry
inline constexpr MacAddress kSecondMac{2, 0, 0, 0, 0, 0x03};

inline constexpr std::uint16_t kHoldingPort = 2049;   ///< UDP, a service of all kinds of verdicts
inline constexpr std::uint16_t kRenumberPort = 2050;  ///< TCP, to another port of its node

/// What a story may switch on and off, by number.
enum class Toggle : std::uint8_t {
  second_network,
  dynamic_syn_denied,
  gateway_schedulable,
  least_connections,
  no_default_route,
  router_unresolved,
  alpha_removed,  ///< then beta's and gamma's
  beta_removed,
  gamma_removed,
  alpha_down,
  beta_down,
  gamma_down,
  alpha_draining,
  beta_draining,
  gamma_draining,
  alpha_unresolved,
  beta_unresolved,
  gamma_unresolved,
  service_removed,
  no_slices,
  count_
};
inline constexpr std::size_t kToggles = static_cast<std::size_t>(Toggle::count_);
inline constexpr std::uint8_t kToggleRecovering = 0xff;

struct StoryCluster {
  std::bitset<kToggles> on;
  bool recovering = false;   ///< kToggleRecovering switches it
  std::uint8_t verdict = 0;  ///< which verdict the service at kHoldingPort gives

  [[nodiscard]] bool has(Toggle toggle) const { return on[static_cast<std::size_t>(toggle)]; }
  /// Of the three that nodes have: `first` is alpha's.
  [[nodiscard]] bool has(Toggle first, std::size_t node) const {
    return on[static_cast<std::size_t>(first) + node];
  }
  /// Every combination compiles.
  [[nodiscard]] switching::ClusterState state() const;
};

}  // namespace encluster::fuzz
