// Longest-prefix match over any number of prefixes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::switching {

/// Prefixes, numbered as they were given, and compiled to disjoint address ranges. The first byte
/// of an address says among which ranges it has to be searched by bisection: mostly there is just
/// one. Immutable; any number of threads may call find().
class PrefixTable {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  PrefixTable() = default;
  /// Of two equal prefixes the first wins. Host bits are ignored.
  explicit PrefixTable(const std::vector<Ipv4Prefix>& prefixes);

  /// The number of the longest prefix that contains `address`, or kNone.
  [[nodiscard]] std::uint32_t find(Ipv4Address address) const noexcept {
    const Part& part = parts_[address.value() >> 24];
    // The last range that starts at or before `address`, without a branch to be mispredicted.
    const Range* range = ranges_.data() + part.first;
    for (std::uint32_t left = part.count; left > 1;) {
      const std::uint32_t half = left / 2;
      range += range[half].start <= address.value() ? half : 0;
      left -= half;
    }
    return range->prefix;
  }

 private:
  struct Range {
    std::uint32_t start = 0;  ///< first address; the next range's is the end
    std::uint32_t prefix = kNone;
  };
  /// The ranges that hold addresses with one first byte.
  struct Part {
    std::uint32_t first = 0;  ///< position in `ranges_`
    std::uint32_t count = 1;
  };

  void start_range(std::uint64_t start, std::uint32_t prefix);
  void divide();

  std::vector<Range> ranges_{Range{}};  ///< ascending, from address 0 on; never empty
  std::array<Part, 256> parts_{};
};

}  // namespace encluster::switching
