#include "switching/prefix_table.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace encluster::switching {

/// Prefixes either contain each other or are disjoint. So a walk over them by first address, the
/// wider first, needs only a stack of those that contain the current one: where a prefix ends, the
/// one below it goes on.
PrefixTable::PrefixTable(const std::vector<Ipv4Prefix>& prefixes) {
  std::vector<std::uint32_t> order(prefixes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(prefixes[a].first(), prefixes[a].length) <
           std::pair(prefixes[b].first(), prefixes[b].length);
  });
  const auto same = [&](std::uint32_t a, std::uint32_t b) {
    return prefixes[a].first() == prefixes[b].first() && prefixes[a].length == prefixes[b].length;
  };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());

  std::vector<std::uint32_t> open;
  const auto close_last = [&] {
    const std::uint64_t end = std::uint64_t{prefixes[open.back()].last().value()} + 1;
    open.pop_back();
    start_range(end, open.empty() ? kNone : open.back());
  };
  for (const std::uint32_t prefix : order) {
    while (!open.empty() && prefixes[open.back()].last() < prefixes[prefix].first()) close_last();
    start_range(prefixes[prefix].first().value(), prefix);
    open.push_back(prefix);
  }
  while (!open.empty()) close_last();
  divide();
}

/// @pre starts don't descend. A range that would be empty is overwritten; the end of the address
/// space starts none.
void PrefixTable::start_range(std::uint64_t start, std::uint32_t prefix) {
  if (start > 0xffffffff) return;
  const auto address = static_cast<std::uint32_t>(start);
  if (ranges_.back().start == address) ranges_.pop_back();
  ranges_.push_back({address, prefix});
}

/// Notes for each first byte which ranges begin in its part of the address space, and the one that
/// reaches into it.
void PrefixTable::divide() {
  std::uint32_t next = 0;  // the first range that starts behind the parts so far
  for (std::uint32_t byte = 0; byte < parts_.size(); ++byte) {
    const bool reaches_in = next == ranges_.size() || ranges_[next].start != byte << 24;
    const std::uint32_t first = reaches_in ? next - 1 : next;
    while (next < ranges_.size() && ranges_[next].start >> 24 == byte) ++next;
    parts_[byte] = {first, next - first};
  }
}

}  // namespace encluster::switching
