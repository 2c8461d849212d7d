#include "net/split.hpp"

#include <cassert>
#include <cstring>

#include "net/checksum.hpp"
#include "net/headers.hpp"
#include "net/ip_options.hpp"

namespace encluster::net {

namespace {

/// Makes the header say which bytes follow it.
void write_extent(Packet& piece, std::uint16_t bytes, std::uint16_t flags_and_offset) noexcept {
  const auto header_length = static_cast<std::uint16_t>(piece.l4 - piece.l3);
  auto& ip = piece.header_at<Ipv4Header>(piece.l3);
  ip.total_length = Be16(static_cast<std::uint16_t>(header_length + bytes));
  ip.flags_and_offset = Be16(flags_and_offset);
  ip.checksum = ipv4_checksum({piece.frame + piece.l3, header_length});
  piece.end = static_cast<std::uint16_t>(piece.l4 + bytes);
  piece.length = piece.end;
  piece.fragment = true;
}

}  // namespace

void write_piece(const Packet& whole, std::uint16_t from, std::uint16_t bytes,
                 Packet& piece) noexcept {
  assert(from % 8 == 0 && whole.l4 + from + bytes <= whole.end);
  assert(whole.l4 + bytes <= piece.capacity);
  std::memcpy(piece.frame, whole.frame, whole.l4);
  std::memcpy(piece.frame + whole.l4, whole.frame + whole.l4 + from, bytes);
  piece.l3 = whole.l3;
  piece.l4 = whole.l4;
  piece.payload = whole.l4;
  piece.source_port = PortNumber();
  piece.destination_port = PortNumber();
  piece.tcp_flags = 0;
  keep_copied_options({piece.frame + piece.l3 + sizeof(Ipv4Header), piece.frame + piece.l4});

  const bool last = whole.l4 + from + bytes == whole.end;
  const std::uint16_t before = whole.header_at<Ipv4Header>(whole.l3).flags_and_offset.host();
  const unsigned flags = last ? before & ~kFragmentOffsetMask : before | kMoreFragments;
  const unsigned offset = (before & kFragmentOffsetMask) + from / 8u;
  write_extent(piece, bytes,
               static_cast<std::uint16_t>((flags & ~unsigned{kFragmentOffsetMask}) | offset));
}

void cut_to_first_piece(Packet& whole, std::uint16_t bytes) noexcept {
  assert(whole.l4 + bytes < whole.end);
  const std::uint16_t before = whole.header_at<Ipv4Header>(whole.l3).flags_and_offset.host();
  write_extent(whole, bytes, before | kMoreFragments);
}

}  // namespace encluster::net
