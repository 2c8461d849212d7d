// Datagrams in fragments, for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/packet_builder.hpp"

namespace encluster::test {

/// Bytes of transport header and payload, from `offset` on.
struct Part {
  std::size_t offset;
  std::size_t bytes;
  bool more;
};

/// The parts of `bytes` bytes, each of `each` (a multiple of 8) but the last.
[[nodiscard]] std::vector<Part> parts_of(std::size_t bytes, std::size_t each);

/// One part of a datagram.
[[nodiscard]] PacketBuilder part(const PacketBuilder& whole, const Part& which);

/// `bytes` different bytes.
[[nodiscard]] std::string pattern(std::size_t bytes);

/// Puts a datagram together again, as its receiver does: from frames in any order.
/// @throws std::logic_error if they leave a gap, overlap, or differ in addresses, protocol or
/// identification
[[nodiscard]] std::vector<std::byte> reassemble(std::span<const std::vector<std::byte>> frames);

/// The identification in a frame's IP header.
[[nodiscard]] std::uint16_t identification_of(std::span<const std::byte> frame);

}  // namespace encluster::test
