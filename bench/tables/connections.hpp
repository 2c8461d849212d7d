// The connection table, as the pipeline uses it.
#pragma once

#include <memory_resource>

#include "entries.hpp"
#include "rte_hash_table.hpp"
#include "switching/connection_table.hpp"

namespace encluster::bench {

class Connections {
 public:
  using Key = switching::ConnectionKey;
  static constexpr std::uint32_t kSweepSeconds = 4;  ///< in which upkeep sees the whole table

  Connections(std::uint32_t capacity, std::pmr::memory_resource* memory);

  static void set(Key& key, std::uint32_t number) noexcept;
  static void set_missing(Key& key, std::uint32_t number) noexcept;
  static HashKey hash_key(const Key& key) noexcept;

  /// All are prefetched before the first is looked for.
  void look_up(std::span<const Key> burst, std::span<std::uint32_t> numbers) noexcept;
  /// As after a burst of look-ups that found nothing: all are prefetched.
  void insert(std::span<const Key> burst, std::uint32_t first_number) noexcept;
  void erase(const Key& key) noexcept;
  std::size_t expire() noexcept;
  [[nodiscard]] double expired_a_round() const noexcept;
  /// One round of upkeep, nothing being due.
  void sweep() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }
  [[nodiscard]] std::uint32_t bucket_count() const noexcept { return table_.bucket_count(); }

  static constexpr std::size_t kBucketsPerRound = 64;

 private:
  std::size_t upkeep(Seconds now) noexcept;

  std::uint32_t capacity_;
  switching::ConnectionTable table_;
};

/// Rounds of upkeep of a full table of which nothing is due; an operation is a bucket.
class Sweeps final : public KeyedWorkload<Connections> {
 public:
  using KeyedWorkload::KeyedWorkload;
  [[nodiscard]] double operations() const override { return double{Connections::kBucketsPerRound}; }

 private:
  void prepare() override { before_ = table().size(); }
  void run(std::size_t) noexcept override { table().sweep(); }
  [[nodiscard]] std::optional<std::string> fault() const override {
    if (table().size() == before_) return std::nullopt;
    return "entries expired that were not due";
  }

  std::size_t before_ = 0;
};

}  // namespace encluster::bench
