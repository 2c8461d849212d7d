// What to compare with: DPDK's rte_hash, with lock-free look-ups in bulk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

struct rte_hash;

namespace encluster::bench {

using HashKey = std::array<std::byte, 16>;

/// DPDK, started without hugepages and devices, with memory for hashes. One at a time.
class HashMemory {
 public:
  /// @param memory outlives this; gives hashes the same pages as the tables beside them
  /// @throws std::runtime_error if DPDK does not start.
  HashMemory(std::size_t bytes, std::pmr::memory_resource* memory);
  HashMemory(const HashMemory&) = delete;
  HashMemory& operator=(const HashMemory&) = delete;
  ~HashMemory();

  [[nodiscard]] int socket() const noexcept { return socket_; }
  [[nodiscard]] std::size_t bytes_in_use() const;

 private:
  std::size_t bytes_;
  std::pmr::memory_resource* memory_;
  void* block_;
  int socket_;
};

/// RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF, and the hash function that DPDK chooses: CRC32 where the
/// processor has it. Keeps a number with each key. Has room for an eighth more than it is asked
/// for: without, it refuses entries before it is full.
class RteHashTable {
 public:
  /// One at a time. @throws std::runtime_error if there is no memory for it.
  RteHashTable(std::uint32_t capacity, const HashMemory& memory);
  RteHashTable(const RteHashTable&) = delete;
  RteHashTable& operator=(const RteHashTable&) = delete;
  ~RteHashTable();

  /// kNothing where a key is not found.
  void look_up(std::span<const HashKey> burst, std::span<std::uint32_t> numbers) noexcept;
  void insert(std::span<const HashKey> burst, std::uint32_t first_number) noexcept;
  void erase(const HashKey& key) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  rte_hash* hash_;
  std::size_t size_ = 0;
};

/// A hash with another table's keys.
template <typename Table>
class SameKeys : public RteHashTable {
 public:
  using Key = HashKey;
  using RteHashTable::RteHashTable;

  static void set(Key& key, std::uint32_t number) {
    typename Table::Key original{};
    Table::set(original, number);
    key = Table::hash_key(original);
  }
  static void set_missing(Key& key, std::uint32_t number) {
    typename Table::Key original{};
    Table::set_missing(original, number);
    key = Table::hash_key(original);
  }
};

}  // namespace encluster::bench
