// Which network, and which next hop, leads to a remote.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::switching {

/// A route as the gateway's kernel has it.
struct Route {
  Ipv4Prefix prefix;
  NetworkIndex network = 0;
  std::optional<Ipv4Address> gateway;  ///< nothing: the remote is on the network itself

  friend bool operator==(const Route&, const Route&) = default;
};

/// Longest-prefix match, compiled to disjoint address ranges and searched by bisection: a handful
/// of routes costs two or three compares. Immutable.
class RouteTable {
 public:
  RouteTable() = default;
  /// Of two routes with one prefix the first wins.
  explicit RouteTable(const std::vector<Route>& routes);

  /// The longest route that contains `remote`, or null. Valid as long as the table.
  [[nodiscard]] const Route* find(Ipv4Address remote) const noexcept;

 private:
  static constexpr std::uint32_t kNoRoute = 0xffffffff;

  std::vector<Route> routes_;
  std::vector<std::uint32_t> starts_;  ///< first address of each range, ascending
  std::vector<std::uint32_t> route_of_range_;
};

}  // namespace encluster::switching
