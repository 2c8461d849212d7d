// Reading external data representation (RFC 4506) from bytes that anybody may have sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "encluster/byte_order.hpp"

namespace encluster::onc_rpc {

/// Reads one item after the other. What is not there reads as zero or empty, and so does all that
/// follows: look at ok() when all is read. Any thread.
class XdrReader {
 public:
  explicit XdrReader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  /// False if an item was longer than the bytes, or than allowed.
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  /// What was not read.
  [[nodiscard]] std::span<const std::byte> rest() const noexcept { return bytes_; }

  [[nodiscard]] std::uint32_t number() noexcept {
    const std::span<const std::byte> bytes = fixed(sizeof(Be32));
    if (bytes.empty()) return 0;
    Be32 number;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number.host();
  }

  /// Opaque data or a string: a length, at most `most`, so many bytes, and padding to a multiple of
  /// four, whatever it holds (RFC 4506, section 4.10).
  [[nodiscard]] std::span<const std::byte> variable(std::uint32_t most) noexcept {
    const std::uint32_t size = number();
    return size > most ? fail() : fixed(size);
  }

  /// Opaque data of a length that is agreed upon, and padding as above.
  [[nodiscard]] std::span<const std::byte> fixed(std::uint32_t size) noexcept {
    const std::uint64_t padded = (std::uint64_t{size} + 3) & ~std::uint64_t{3};
    if (padded > bytes_.size()) return fail();
    const std::span<const std::byte> item = bytes_.first(size);
    bytes_ = bytes_.subspan(static_cast<std::size_t>(padded));
    return item;
  }

 private:
  std::span<const std::byte> fail() noexcept {
    ok_ = false;
    bytes_ = {};
    return {};
  }

  std::span<const std::byte> bytes_;
  bool ok_ = true;
};

}  // namespace encluster::onc_rpc
