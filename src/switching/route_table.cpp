#include "switching/route_table.hpp"

#include <algorithm>
#include <numeric>

namespace encluster::switching {

/// Prefixes either contain each other or are disjoint. So a walk over them by first address, the
/// wider first, needs only a stack of the routes that contain the current one: where a route ends,
/// the one below it goes on.
RouteTable::RouteTable(const std::vector<Route>& routes) : routes_(routes) {
  std::vector<std::uint32_t> order(routes_.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto prefix = [&](std::uint32_t route) { return routes_[route].prefix; };
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(prefix(a).first(), prefix(a).length) <
           std::pair(prefix(b).first(), prefix(b).length);
  });
  const auto same = [&](std::uint32_t a, std::uint32_t b) {
    return prefix(a).first() == prefix(b).first() && prefix(a).length == prefix(b).length;
  };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());

  std::vector<std::uint32_t> open;
  const auto close_last = [&] {
    const std::uint64_t end = std::uint64_t{prefix(open.back()).last().value()} + 1;
    open.pop_back();
    start_range(end, open.empty() ? kNoRoute : open.back());
  };
  for (const std::uint32_t route : order) {
    while (!open.empty() && prefix(open.back()).last() < prefix(route).first()) close_last();
    start_range(prefix(route).first().value(), route);
    open.push_back(route);
  }
  while (!open.empty()) close_last();
}

/// @pre starts don't descend. A range that would be empty is overwritten; the end of the address
/// space starts none.
void RouteTable::start_range(std::uint64_t start, std::uint32_t route) {
  if (start > 0xffffffff) return;
  const auto address = static_cast<std::uint32_t>(start);
  if (ranges_.back().start == address) ranges_.pop_back();
  ranges_.push_back({address, route});
}

}  // namespace encluster::switching
