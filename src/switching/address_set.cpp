#include "switching/address_set.hpp"

#include <algorithm>

namespace encluster::switching {

/// Prefixes either contain each other or are disjoint, so in the order of their first addresses one
/// that begins inside the last range ends inside it, if the wider comes first.
AddressSet::AddressSet(std::vector<Ipv4Prefix> prefixes) {
  std::ranges::sort(prefixes, {}, [](const Ipv4Prefix& prefix) {
    return std::pair(prefix.first(), prefix.length);
  });
  for (const Ipv4Prefix& prefix : prefixes) {
    if (!ranges_.empty() && prefix.first() <= ranges_.back().last) continue;
    ranges_.push_back({prefix.first(), prefix.last()});
  }
}

bool AddressSet::contains(Ipv4Address address) const noexcept {
  const auto after = std::ranges::upper_bound(ranges_, address, {}, &Range::first);
  return after != ranges_.begin() && address <= std::prev(after)->last;
}

}  // namespace encluster::switching
