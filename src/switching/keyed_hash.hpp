// A fast hash with a secret, so that remotes cannot choose where their packets land in a table.
#pragma once

#include <array>
#include <cstdint>

namespace encluster::switching {

/// Hashes two words under a secret by two multiplications whose halves are folded together. Not a
/// MAC: it withstands remotes, who never see a hash, not somebody who can read them. Immutable.
class KeyedHash {
 public:
  explicit constexpr KeyedHash(std::uint64_t seed) noexcept {
    for (std::uint64_t& secret : secrets_) secret = next_random(seed);
  }

  [[nodiscard]] constexpr std::uint64_t operator()(std::uint64_t a,
                                                   std::uint64_t b) const noexcept {
    return folded_product(folded_product(a ^ secrets_[0], b ^ secrets_[1]) ^ secrets_[2],
                          a ^ secrets_[3]);
  }

 private:
  __extension__ typedef unsigned __int128 Wide;

  static constexpr std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) noexcept {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

  /// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
  static constexpr std::uint64_t next_random(std::uint64_t& state) noexcept {
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  std::array<std::uint64_t, 4> secrets_{};
};

}  // namespace encluster::switching
