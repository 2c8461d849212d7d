// Messages in a stream of bytes: each is a frame, which begins with its length.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace encluster::agent_protocol {

/// Bytes of the length that each frame begins with: a big-endian number, of what follows it.
inline constexpr std::size_t kFrameHeader = 4;
/// Bytes after the header. The longest messages, a Join or a Welcome with kMaxLeases ports and
/// Sockets with kMaxSockets, have less.
inline constexpr std::size_t kMaxFrame = 64 * 1024;

/// How many bytes follow the header; nothing if that is no length of a frame.
[[nodiscard]] constexpr std::optional<std::size_t> frame_length(
    const std::array<std::uint8_t, kFrameHeader>& header) noexcept {
  const std::size_t length = std::size_t{header[0]} << 24 | std::size_t{header[1]} << 16 |
                             std::size_t{header[2]} << 8 | header[3];
  return length == 0 || length > kMaxFrame ? std::nullopt : std::optional(length);
}

}  // namespace encluster::agent_protocol
