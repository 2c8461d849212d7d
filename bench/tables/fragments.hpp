// The fragment store, full of datagrams of which the first fragment has passed.
#pragma once

#include <memory_resource>

#include "entries.hpp"
#include "gateway.hpp"
#include "rte_hash_table.hpp"
#include "switching/emitter.hpp"
#include "switching/fragment_store.hpp"

namespace encluster::bench {

class Fragments {
 public:
  /// The first fragment of a datagram.
  struct Key {
    Packet packet;
    alignas(64) std::array<std::byte, 64> frame{};
  };

  /// @param capacity a multiple of kBurst, and less than 65536
  Fragments(std::uint32_t capacity, std::pmr::memory_resource* memory);

  static void set(Key& key, std::uint32_t number) noexcept;
  static void set_missing(Key& key, std::uint32_t number) noexcept;
  static HashKey hash_key(const Key& key) noexcept;

  void look_up(std::span<const Key> burst, std::span<std::uint32_t> numbers) noexcept;
  /// Notes fragments and decides on their way.
  void insert(std::span<const Key> burst, std::uint32_t first_number) noexcept;
  /// Nothing to do: where there is no room, the oldest datagram gives way.
  void erase(const Key&) noexcept {}
  /// A burst's datagrams, which are as old as each other.
  std::size_t expire() noexcept;
  [[nodiscard]] double expired_a_round() const noexcept { return double{kBurst}; }
  [[nodiscard]] std::size_t size() const noexcept { return store_.datagrams(); }

 private:
  NoBuffers pool_;
  switching::Emitter emitter_{pool_};
  switching::FragmentStore store_;
  std::uint32_t next_number_ = 0;
};

}  // namespace encluster::bench
