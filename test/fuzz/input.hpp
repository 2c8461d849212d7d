// Reads a fuzzer's bytes as numbers; behind the end all are zero.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace encluster::fuzz {

class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : bytes_(bytes) {}
  Input(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const std::byte*>(data), size) {}

  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

  std::uint8_t byte() noexcept {
    if (bytes_.empty()) return 0;
    const auto value = std::to_integer<std::uint8_t>(bytes_.front());
    bytes_ = bytes_.subspan(1);
    return value;
  }
  /// Big endian, as on the wire.
  std::uint16_t word() noexcept {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high << 8 | byte());
  }
  std::uint32_t long_word() noexcept {
    const std::uint32_t high = word();
    return high << 16 | word();
  }
  /// The next bytes, as many as there are up to `count`.
  std::span<const std::byte> bytes(std::size_t count) noexcept {
    const auto taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  std::span<const std::byte> rest() noexcept { return bytes(bytes_.size()); }

  /// One of a few values, chosen by a byte.
  template <typename Values>
  const auto& one_of(const Values& values) noexcept {
    return values[byte() % std::size(values)];
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace encluster::fuzz
