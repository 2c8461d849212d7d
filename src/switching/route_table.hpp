// Which network, and which next hop, leads to a remote.
#pragma once

#include <cstddef>
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
/// of routes costs two or three compares. Immutable; any number of threads may call find().
class RouteTable {
 public:
  RouteTable() = default;
  /// Of two routes with one prefix the first wins. Host bits of a prefix are ignored.
  explicit RouteTable(const std::vector<Route>& routes);

  /// The longest route that contains `remote`, or null. Valid as long as the table.
  [[nodiscard]] const Route* find(Ipv4Address remote) const noexcept {
    // The last range that starts at or before `remote`, without a branch to be mispredicted.
    const Range* range = ranges_.data();
    for (std::size_t left = ranges_.size(); left > 1;) {
      const std::size_t half = left / 2;
      range += range[half].start <= remote.value() ? half : 0;
      left -= half;
    }
    return range->route == kNoRoute ? nullptr : &routes_[range->route];
  }

 private:
  static constexpr std::uint32_t kNoRoute = 0xffffffff;

  struct Range {
    std::uint32_t start = 0;         ///< first address; the next range's is the end
    std::uint32_t route = kNoRoute;  ///< position in `routes_`
  };

  void start_range(std::uint64_t start, std::uint32_t route);

  std::vector<Route> routes_;
  std::vector<Range> ranges_{Range{}};  ///< ascending, from address 0 on; never empty
};

}  // namespace encluster::switching
