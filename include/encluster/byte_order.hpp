// Numbers as they stand on the wire: big endian, and no silent way to or from a host number.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace encluster {

namespace detail {
constexpr std::uint16_t swap_if_little(std::uint16_t value) noexcept {
  if constexpr (std::endian::native == std::endian::little) return __builtin_bswap16(value);
  return value;
}
constexpr std::uint32_t swap_if_little(std::uint32_t value) noexcept {
  if constexpr (std::endian::native == std::endian::little) return __builtin_bswap32(value);
  return value;
}
}  // namespace detail

/// An unsigned integer in network byte order, at any alignment. `raw()` is the memory image as a
/// number (for checksums and hashes), `host()` the number meant.
template <typename Unsigned>
class BigEndian {
 public:
  constexpr BigEndian() noexcept = default;
  constexpr explicit BigEndian(Unsigned host) noexcept
      : bytes_(std::bit_cast<Bytes>(detail::swap_if_little(host))) {}

  static constexpr BigEndian from_raw(Unsigned raw) noexcept {
    BigEndian result;
    result.bytes_ = std::bit_cast<Bytes>(raw);
    return result;
  }
  [[nodiscard]] constexpr Unsigned host() const noexcept { return detail::swap_if_little(raw()); }
  [[nodiscard]] constexpr Unsigned raw() const noexcept { return std::bit_cast<Unsigned>(bytes_); }
  friend constexpr bool operator==(BigEndian, BigEndian) noexcept = default;

 private:
  using Bytes = std::array<unsigned char, sizeof(Unsigned)>;
  Bytes bytes_{};
};

using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;

static_assert(alignof(Be32) == 1 && sizeof(Be32) == 4);

}  // namespace encluster
