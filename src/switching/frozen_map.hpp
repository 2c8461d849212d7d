// A hash table that is built once and then only read: lock-free for readers by
// construction.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace encluster::switching {

/// Maps 32-bit keys to small values. Open addressing at a load of at most one
/// quarter. A slot tells whether an item that belongs there had to be put
/// further on, so that a miss, the common case of a message switch, mostly ends
/// at the first slot, by branches that are easily predicted. Any number of
/// threads may call find() at once; nothing else is safe to share.
template <typename Value>
class FrozenMap {
 public:
  using Item = std::pair<std::uint32_t, Value>;

  FrozenMap() : FrozenMap(std::vector<Item>{}) {}

  /// The first of two items with one key wins.
  explicit FrozenMap(const std::vector<Item>& items)
      : slots_(std::bit_ceil(items.size() * 4 + 2)),
        shift_(static_cast<unsigned>(32 - std::countr_zero(slots_.size()))) {
    for (const auto& [key, value] : items) {
      if (find(key) == nullptr) insert(key, value);
    }
  }

  /// The value of `key`, or null. Valid as long as the map.
  [[nodiscard]] const Value* find(std::uint32_t key) const noexcept {
    std::size_t position = home_of(key);
    while (true) {
      const Slot& slot = slots_[position];
      if (slot.key == key && slot.used) return &slot.value;
      if (!slot.passed) return nullptr;
      position = next(position);
    }
  }

 private:
  struct Slot {
    std::uint32_t key = 0;
    bool used = false;
    bool passed = false;  ///< an item further on would have come here, had this
                          ///< slot been free
    Value value{};
  };

  void insert(std::uint32_t key, const Value& value) {
    std::size_t position = home_of(key);
    for (; slots_[position].used; position = next(position)) slots_[position].passed = true;
    slots_[position].key = key;
    slots_[position].used = true;
    slots_[position].value = value;
  }

  [[nodiscard]] std::size_t home_of(std::uint32_t key) const noexcept {
    constexpr std::uint32_t kGoldenRatio = 0x9e3779b1;
    return (key * kGoldenRatio) >> shift_;
  }
  [[nodiscard]] std::size_t next(std::size_t position) const noexcept {
    return (position + 1) & (slots_.size() - 1);
  }

  std::vector<Slot> slots_;
  unsigned shift_;
};

}  // namespace encluster::switching
