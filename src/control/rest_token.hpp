// The secret that callers of the REST interface present.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace encluster::control {

/// Bytes of a token's text: hexadecimal digits.
inline constexpr std::size_t kRestTokenDigits = 64;
/// Of a file with a token and comments.
inline constexpr std::size_t kMaxRestTokenFile = std::size_t{1} << 16;

/// The one line of 64 hexadecimal digits. Blank lines, and lines that begin with `#`, say nothing.
/// @param file for errors @throws std::runtime_error which shows nothing of the text
[[nodiscard]] std::string parse_rest_token(std::string_view text,
                                           const std::filesystem::path& file);

}  // namespace encluster::control
