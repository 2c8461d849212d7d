// Which hashes have been asked about before, lately: a Bloom filter that forgets by itself.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::switching {

/// Private to one worker. Never wrong about a hash that it has been asked about within kMemory
/// seconds; of the others it takes some for old ones, the more the fuller it is: what it guards
/// then lets through too much, never too little. One cache line a question, and nothing to clear:
/// each cell says which generation its bits belong to.
class RepeatFilter {
 public:
  /// How long a hash is remembered at least; twice that at most. Longer than the first
  /// retransmission time-out of any TCP (RFC 6298: one second; before it: three).
  static constexpr Seconds kMemory = 4;

  /// @param cells rounded up to a power of two; 16 bytes each. A cell tells about four hashes in
  ///        kMemory seconds from each other.
  RepeatFilter(std::uint32_t cells, std::pmr::memory_resource* memory)
      : cells_(std::bit_ceil(cells), memory) {}

  /// Fetches what is_repeated() will look at.
  [[gnu::always_inline]] void prefetch(std::uint64_t hash) const noexcept {
    __builtin_prefetch(&cells_[index_of(hash)], 1);
  }

  /// Whether this hash is among those of the last seconds. It is from now on.
  [[nodiscard]] bool is_repeated(std::uint64_t hash, Seconds now) noexcept {
    const std::uint32_t generation = now / kMemory;
    const std::uint64_t bits = bits_of(hash);
    Cell& cell = cells_[index_of(hash)];
    std::uint64_t& current = cell.words[generation % 2];
    const std::uint64_t previous = cell.words[(generation + 1) % 2];
    if (tag_of(current) != tag(generation)) current = tag(generation) << kBits;
    const bool known = (current & bits) == bits ||
                       (tag_of(previous) == tag(generation - 1) && (previous & bits) == bits);
    current |= bits;
    return known;
  }

 private:
  /// Of a word, below the eight that tell the generation (modulo 256).
  static constexpr unsigned kBits = 56;

  struct alignas(16) Cell {
    std::uint64_t words[2];  ///< of even and of odd generations
  };

  [[nodiscard]] std::size_t index_of(std::uint64_t hash) const noexcept {
    return hash & (cells_.size() - 1);
  }
  static constexpr std::uint64_t tag(std::uint32_t generation) noexcept {
    return generation & 0xff;
  }
  static constexpr std::uint64_t tag_of(std::uint64_t word) noexcept { return word >> kBits; }

  /// Three bits, by parts of the hash that do not choose the cell.
  static constexpr std::uint64_t bits_of(std::uint64_t hash) noexcept {
    const auto bit = [hash](unsigned shift) {
      return std::uint64_t{1} << ((hash >> shift & 0xff) * kBits >> 8);
    };
    return bit(40) | bit(48) | bit(56);
  }

  std::pmr::vector<Cell> cells_;
};

}  // namespace encluster::switching
