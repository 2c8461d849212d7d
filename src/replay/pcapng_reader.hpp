// Reads pcapng files, of which nothing is believed before it is checked.
#pragma once

#include "replay/capture.hpp"

namespace encluster::replay {

/// More interfaces than any capture has; a file with more is refused.
inline constexpr std::size_t kMaxInterfaces = 4096;

/// Reads a whole pcapng file: sections of either byte order, interfaces with name, resolution and
/// offset, Enhanced, Simple and obsolete Packet Blocks; other blocks are passed over. Frames keep
/// the file's order and refer to `bytes`. Takes memory in proportion to the bytes.
/// Does not throw for any bytes: fit for a fuzzer.
/// Source: draft-ietf-opsawg-pcapng.
[[nodiscard]] ReadResult read_capture(std::span<const std::byte> bytes);

}  // namespace encluster::replay
