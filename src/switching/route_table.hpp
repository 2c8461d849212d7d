// Which network, and which next hop, leads to a remote.
#pragma once

#include <optional>
#include <vector>

#include "encluster/types.hpp"
#include "switching/prefix_table.hpp"

namespace encluster::switching {

/// A route as the gateway's kernel has it.
struct Route {
  Ipv4Prefix prefix;
  NetworkIndex network = 0;
  std::optional<Ipv4Address> gateway;  ///< nothing: the remote is on the network itself

  friend bool operator==(const Route&, const Route&) = default;
};

/// Longest-prefix match. Immutable; any number of threads may call find().
class RouteTable {
 public:
  RouteTable() = default;
  /// Of two routes with one prefix the first wins. Host bits of a prefix are ignored.
  explicit RouteTable(const std::vector<Route>& routes);

  /// The longest route that contains `remote`, or null. Valid as long as the table.
  [[nodiscard]] const Route* find(Ipv4Address remote) const noexcept {
    const std::uint32_t position = positions_.find(remote);
    return position == PrefixTable::kNone ? nullptr : &routes_[position];
  }

 private:
  std::vector<Route> routes_;
  PrefixTable positions_;
};

}  // namespace encluster::switching
