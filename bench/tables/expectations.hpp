// Connections that nodes have announced to rshd: each awaited from another remote.
#pragma once

#include <memory_resource>

#include "entries.hpp"
#include "rte_hash_table.hpp"
#include "switching/announcements.hpp"

namespace encluster::bench {

class Expectations {
 public:
  struct Key {
    switching::AnnouncingSession session;
    PortNumber shown;
  };

  /// The store takes its memory from the heap.
  Expectations(std::uint32_t capacity, std::pmr::memory_resource* unused);

  static void set(Key& key, std::uint32_t number) noexcept;
  static void set_missing(Key& key, std::uint32_t number) noexcept;
  static HashKey hash_key(const Key& key) noexcept;

  void look_up(std::span<const Key> burst, std::span<std::uint32_t> numbers) noexcept;
  /// Opens sessions, which announce at once.
  void insert(std::span<const Key> burst, std::uint32_t first_number) noexcept;
  void erase(const Key& key) noexcept { announcements_.forget(key.session); }
  std::size_t expire() noexcept;
  [[nodiscard]] double expired_a_round() const noexcept { return double{kExpiredARound}; }
  [[nodiscard]] std::size_t size() const noexcept { return announcements_.size(); }

 private:
  static constexpr std::size_t kExpiredARound = 4;

  switching::Announcements announcements_;
};

}  // namespace encluster::bench
