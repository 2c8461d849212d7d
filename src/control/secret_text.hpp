// 32 bytes that people write as 64 hex digits: tokens, and a certificate's fingerprint.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace encluster::control {

using Bytes32 = std::array<std::uint8_t, 32>;

/// Exactly 64 hex digits, of either case; otherwise nothing.
[[nodiscard]] std::optional<Bytes32> parse_hex(std::string_view text) noexcept;

/// Without the blanks around it, of which a carriage return is one.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

}  // namespace encluster::control
