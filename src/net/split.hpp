// Dividing a datagram into fragments (RFC 791, section 3.2), or a fragment into smaller ones.
#pragma once

#include <cstdint>

#include "encluster/packet.hpp"

namespace encluster::net {

/// Bytes behind the IP header in every piece but the last, a multiple of 8; 0 if `mtu` is too
/// small.
[[nodiscard]] constexpr std::uint16_t bytes_a_piece(const Packet& datagram,
                                                    std::uint16_t mtu) noexcept {
  const int room = mtu - (datagram.l4 - datagram.l3);
  return room < 8 ? std::uint16_t{0} : static_cast<std::uint16_t>(room & ~7);
}

/// Writes the piece of `whole` that begins `from` bytes behind its IP header: frame and parser
/// fields. Whether more follow it is what `whole` says. @param from not 0, a multiple of 8
/// @pre `whole` is parsed and as it will leave; `piece` has room for its headers and `bytes`.
void write_piece(const Packet& whole, std::uint16_t from, std::uint16_t bytes,
                 Packet& piece) noexcept;

/// Cuts `whole` to its first piece. @pre as write_piece; the other pieces have been written.
void cut_to_first_piece(Packet& whole, std::uint16_t bytes) noexcept;

}  // namespace encluster::net
