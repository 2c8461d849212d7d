// A hash table that is built once and then only read: lock-free for readers by construction.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace encluster::switching {

/// Maps 32-bit keys to small values. Open addressing at a load of at most one half, so that a miss,
/// the common case of a message switch, ends after one or two slots of one cache line.
/// Any number of threads may call find() at once; nothing else is safe to share.
template <typename Value>
class FrozenMap {
 public:
  using Item = std::pair<std::uint32_t, Value>;

  FrozenMap() : FrozenMap(std::vector<Item>{}) {}

  /// The first of two items with one key wins.
  explicit FrozenMap(const std::vector<Item>& items)
      : slots_(std::bit_ceil(items.size() * 2 + 2)),
        shift_(static_cast<unsigned>(32 - std::countr_zero(slots_.size()))) {
    for (const auto& [key, value] : items) {
      Slot& slot = slots_[position_of(key)];
      if (!slot.used) slot = {key, true, value};
    }
  }

  /// The value of `key`, or null. Valid as long as the map.
  [[nodiscard]] const Value* find(std::uint32_t key) const noexcept {
    const Slot& slot = slots_[position_of(key)];
    return slot.used ? &slot.value : nullptr;
  }

 private:
  struct Slot {
    std::uint32_t key = 0;
    bool used = false;
    Value value{};
  };

  /// The slot that holds `key`, or the free one where it would go.
  [[nodiscard]] std::size_t position_of(std::uint32_t key) const noexcept {
    constexpr std::uint32_t kGoldenRatio = 0x9e3779b1;
    std::size_t position = (key * kGoldenRatio) >> shift_;
    while (slots_[position].used && slots_[position].key != key) {
      position = (position + 1) & (slots_.size() - 1);
    }
    return position;
  }

  std::vector<Slot> slots_;
  unsigned shift_;
};

}  // namespace encluster::switching
