// A set of addresses, written as prefixes.
#pragma once

#include <cstdint>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::switching {

/// Disjoint address ranges, searched by bisection. Immutable; any number of threads may call
/// contains().
class AddressSet {
 public:
  AddressSet() = default;  ///< nobody
  /// Host bits of a prefix are ignored; prefixes may overlap.
  explicit AddressSet(std::vector<Ipv4Prefix> prefixes);

  [[nodiscard]] bool contains(Ipv4Address address) const noexcept;

 private:
  struct Range {
    Ipv4Address first;
    Ipv4Address last;
  };
  std::vector<Range> ranges_;  ///< ascending
};

}  // namespace encluster::switching
