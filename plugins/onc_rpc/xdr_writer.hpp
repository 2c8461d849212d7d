// Writing external data representation (RFC 4506) of any length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "encluster/byte_order.hpp"

namespace encluster::onc_rpc {

/// Writes one item after the other. Allocates: for the control thread.
class XdrWriter {
 public:
  void number(std::uint32_t value) {
    const Be32 wire(value);
    fixed(std::as_bytes(std::span(&wire, 1)));
  }
  /// A string or opaque data: its length, the bytes, and padding.
  void variable(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    fixed(std::as_bytes(std::span(text)));
  }
  /// XDR that is written already, or opaque data of a length that is agreed upon, with padding.
  void fixed(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    bytes_.resize((bytes_.size() + 3) & ~std::size_t{3});
  }

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace encluster::onc_rpc
