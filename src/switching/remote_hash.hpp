// The hash by which remotes are divided among workers: the one that network cards compute (RSS).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "encluster/types.hpp"

namespace encluster::switching {

/// The key of the Toeplitz hash is this number, over and over. With a period of 16 bits (Woo, Park:
/// "Scalable TCP Session Monitoring with Symmetric Receive-side Scaling", 2012) the hash of an
/// address is the same wherever in a card's input the address stands.
inline constexpr std::uint16_t kHashKeyPeriod = 0x6d5a;

/// The key as a card wants it: high byte first.
template <std::size_t Bytes>
[[nodiscard]] constexpr std::array<std::uint8_t, Bytes> hash_key() noexcept {
  std::array<std::uint8_t, Bytes> key{};
  for (std::size_t i = 0; i < Bytes; ++i) {
    key[i] = static_cast<std::uint8_t>(i % 2 == 0 ? kHashKeyPeriod >> 8 : kHashKeyPeriod & 0xff);
  }
  return key;
}

namespace detail {

/// Toeplitz hash of a byte that stands at the front of the input, modulo the key's period.
constexpr std::uint16_t hash_of_first_byte(unsigned byte) noexcept {
  std::uint16_t hash = 0;
  for (int bit = 0; bit < 8; ++bit) {
    if ((byte & (0x80U >> bit)) != 0) hash ^= std::rotl(kHashKeyPeriod, bit);
  }
  return hash;
}

inline constexpr std::array<std::uint16_t, 256> kByteHashes = [] {
  std::array<std::uint16_t, 256> hashes{};
  for (unsigned byte = 0; byte < hashes.size(); ++byte) hashes[byte] = hash_of_first_byte(byte);
  return hashes;
}();

}  // namespace detail

/// The Toeplitz hash of an IPv4 address. Each bit of the input adds the 32 bits of the key that
/// begin where it stands. They repeat after 16 bits, so the two halves of the address may be added
/// first, a byte further on turns the key by 8, and both halves of the hash are equal.
[[nodiscard]] constexpr std::uint32_t remote_hash(Ipv4Address remote) noexcept {
  const std::uint32_t halves = remote.value() >> 16 ^ remote.value();
  const std::uint16_t first = detail::kByteHashes[halves >> 8 & 0xff];
  const std::uint16_t second = detail::kByteHashes[halves & 0xff];
  const std::uint32_t hash = first ^ std::uint32_t{std::rotl(second, 8)};
  return hash << 16 | hash;
}

/// How finely remotes are divided: a card whose table of queues has a multiple of as many entries
/// divides them exactly as shard_of() does.
inline constexpr std::size_t kShardBuckets = 128;

/// The worker that owns a remote. @pre 1 <= workers <= kShardBuckets
[[nodiscard]] constexpr WorkerId shard_of(Ipv4Address remote, std::size_t workers) noexcept {
  return static_cast<WorkerId>(remote_hash(remote) % kShardBuckets % workers);
}

}  // namespace encluster::switching
