// Numbers in either byte order, out of bytes that nobody has looked at yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace encluster::replay {

/// A cursor that never leaves its bytes. What is not there reads as zero and is remembered, so that
/// a caller may read a header whole and then ask once.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, bool swapped) : bytes_(bytes), swapped_(swapped) {}

  [[nodiscard]] std::uint16_t u16() noexcept {
    const auto value = number<std::uint16_t>();
    return swapped_ ? __builtin_bswap16(value) : value;
  }
  [[nodiscard]] std::uint32_t u32() noexcept {
    const auto value = number<std::uint32_t>();
    return swapped_ ? __builtin_bswap32(value) : value;
  }
  [[nodiscard]] std::uint64_t u64() noexcept {
    const auto value = number<std::uint64_t>();
    return swapped_ ? __builtin_bswap64(value) : value;
  }
  /// Empty if there are not as many left.
  [[nodiscard]] std::span<const std::byte> take(std::size_t count) noexcept {
    if (count > bytes_.size()) {
      overrun_ = true;
      bytes_ = {};
      return {};
    }
    const auto taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }

  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }
  /// More was asked for than there was.
  [[nodiscard]] bool overrun() const noexcept { return overrun_; }

 private:
  template <typename Unsigned>
  [[nodiscard]] Unsigned number() noexcept {
    Unsigned value = 0;
    const auto taken = take(sizeof value);
    if (!taken.empty()) std::memcpy(&value, taken.data(), sizeof value);
    return value;
  }

  std::span<const std::byte> bytes_;
  bool swapped_;
  bool overrun_ = false;
};

}  // namespace encluster::replay
