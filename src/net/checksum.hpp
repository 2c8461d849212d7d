// The internet checksum (RFC 1071), and its incremental update (RFC 1624).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "encluster/types.hpp"
#include "net/headers.hpp"

namespace encluster::net {

/// One's complement sum of 16-bit words as they lie in memory, not yet folded; an odd last byte is
/// followed by a zero (RFC 1071).
[[nodiscard]] std::uint64_t sum_words(std::span<const std::byte> bytes) noexcept;

/// Folds a sum to 16 bits, carries added back in.
[[nodiscard]] constexpr std::uint16_t fold(std::uint64_t sum) noexcept {
  // Adding a number to itself with its halves exchanged leaves their sum, with the carry added
  // back in, in the upper half.
  sum += std::rotl(sum, 32);
  auto half = static_cast<std::uint32_t>(sum >> 32);
  half += std::rotl(half, 16);
  return static_cast<std::uint16_t>(half >> 16);
}

/// A change to checksummed words, collected once and applied to any number of checksums:
/// the sum of ~old + new of every word changed (RFC 1624, equation 3).
class ChecksumDelta {
 public:
  constexpr void change(Be16 from, Be16 to) noexcept {
    sum_ += std::uint64_t{static_cast<std::uint16_t>(~from.raw())} + to.raw();
  }
  constexpr void change(Be32 from, Be32 to) noexcept {
    // Sums of 32-bit words fold to the same 16 bits.
    sum_ += std::uint64_t{~from.raw()} + to.raw();
  }
  /// The checksum after the change: what a full computation gives, unless all that is checksummed
  /// has become zero, which no pseudo header and no IP header ever is.
  [[nodiscard]] constexpr Be16 apply(Be16 checksum) const noexcept {
    const auto sum = std::uint64_t{static_cast<std::uint16_t>(~checksum.raw())} + sum_;
    return Be16::from_raw(static_cast<std::uint16_t>(~fold(sum)));
  }
  /// As apply, for UDP: zero (none) stays zero, and a computed zero becomes 0xffff (RFC 768).
  [[nodiscard]] constexpr Be16 apply_udp(Be16 checksum) const noexcept {
    if (checksum.raw() == 0) return checksum;
    const Be16 result = apply(checksum);
    return result.raw() == 0 ? Be16::from_raw(0xffff) : result;
  }

 private:
  std::uint64_t sum_ = 0;
};

/// The checksum that an IP header should have; the field itself counts as zero.
/// @pre `header` holds the whole header, options included (at least 20 bytes, a multiple of 4).
[[nodiscard]] Be16 ipv4_checksum(std::span<const std::byte> header) noexcept;

/// True if the checksum of the IP header, options included, is right.
/// @pre `header` is as ipv4_checksum needs it, and not all zeros.
[[nodiscard]] inline bool ipv4_checksum_ok(std::span<const std::byte> header) noexcept {
  std::uint64_t sum = 0;
  const auto add_word = [&](std::size_t offset) {
    std::uint32_t word = 0;
    std::memcpy(&word, header.data() + offset, sizeof word);
    sum += word;
  };
  for (std::size_t offset = 0; offset < sizeof(Ipv4Header); offset += 4) add_word(offset);
  for (std::size_t offset = sizeof(Ipv4Header); offset < header.size(); offset += 4) {
    add_word(offset);
  }
  // Of a sum that is not zero, folding to 0xffff is divisibility by 0xffff: one multiplication.
  return sum % 0xffff == 0;
}

/// The checksum of a TCP or UDP message with its pseudo header, or of ICMP without. `message`
/// starts at the transport header, whose checksum field counts as it stands: set it to zero first.
[[nodiscard]] Be16 transport_checksum(Ipv4Address source, Ipv4Address destination,
                                      Protocol protocol,
                                      std::span<const std::byte> message) noexcept;

}  // namespace encluster::net
