#include "net/split.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "net/parse.hpp"
#include "support/fragments.hpp"
#include "support/random.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

using Bytes = std::vector<std::byte>;

constexpr Ipv4Address kNode(10, 77, 0, 11);
constexpr Ipv4Address kRemote(198, 51, 100, 9);

PacketBuilder datagram(std::size_t payload) {
  return udp().from(kNode, 700).to(kRemote, 53).identification(77).payload(pattern(payload));
}

Bytes bytes_of(const Frame& frame) { return {frame.bytes().begin(), frame.bytes().end()}; }

Packet parsed_fragment(Frame& frame) {
  Packet packet = as_packet(frame);
  if (parse(packet) == FrameKind::bad) throw std::logic_error("a piece cannot be parsed");
  return packet;
}

/// All pieces of a frame, the first one first; each was written into a buffer just large enough.
std::vector<Bytes> pieces_of(const Bytes& whole, std::uint16_t mtu) {
  Frame frame(whole, 0);
  Packet packet = parsed_fragment(frame);
  const std::uint16_t bytes = bytes_a_piece(packet, mtu);
  std::vector<Bytes> pieces{whole};
  if (packet.end - packet.l3 <= mtu || bytes == 0) return pieces;
  const int all = packet.end - packet.l4;
  for (int from = bytes; from < all; from += bytes) {
    const auto length = static_cast<std::uint16_t>(std::min<int>(bytes, all - from));
    Frame buffer(Bytes(packet.l4 + std::size_t{length}), 0);
    Packet piece = as_packet(buffer);
    write_piece(packet, static_cast<std::uint16_t>(from), length, piece);
    CHECK(piece.length == buffer.size());
    pieces.push_back(bytes_of(buffer));
  }
  cut_to_first_piece(packet, bytes);
  pieces[0].assign(packet.frame, packet.frame + packet.length);
  return pieces;
}

const Ipv4Header& header_of(const Bytes& frame) {
  return *reinterpret_cast<const Ipv4Header*>(frame.data() + sizeof(EthernetHeader));
}

bool more_follow(const Bytes& frame) {
  return (header_of(frame).flags_and_offset.host() & kMoreFragments) != 0;
}

/// Pieces that are larger than the MTU, or carry what is no multiple of 8 though more follow.
std::size_t misfits(const std::vector<Bytes>& pieces, std::uint16_t mtu) {
  return static_cast<std::size_t>(std::ranges::count_if(pieces, [&](const Bytes& piece) {
    const std::uint16_t total = header_of(piece).total_length.host();
    const int carried = total - header_of(piece).header_length();
    return total > mtu || piece.size() != 14u + total || (more_follow(piece) && carried % 8 != 0);
  }));
}

TEST_CASE("a piece takes what fits, in whole eights") {
  Frame frame = datagram(100).build();
  const Packet plain = parsed(frame);
  CHECK(bytes_a_piece(plain, 1500) == 1480);
  CHECK(bytes_a_piece(plain, 1499) == 1472);
  CHECK(bytes_a_piece(plain, 68) == 48);
  CHECK(bytes_a_piece(plain, 28) == 8);
  CHECK(bytes_a_piece(plain, 27) == 0);
  CHECK(bytes_a_piece(plain, 0) == 0);
  CHECK(bytes_a_piece(plain, 65535) == 65512);
  Frame longer = datagram(100).ip_options(std::vector<std::uint8_t>(40, 1)).build();
  const Packet optioned = parsed(longer);
  CHECK(bytes_a_piece(optioned, 68) == 8);
  CHECK(bytes_a_piece(optioned, 67) == 0);
}

TEST_CASE("pieces say where they belong, and the parser's fields agree") {
  Frame frame = datagram(92).build();
  Packet packet = parsed(frame);
  Frame buffer(Bytes(14 + 20 + 48), 0);
  Packet piece = packet;
  piece.frame = buffer.data();
  piece.capacity = static_cast<std::uint16_t>(buffer.capacity());
  piece.tcp_flags = tcp_flag::syn;
  write_piece(packet, 48, 48, piece);
  CHECK(piece.fragment);
  CHECK(piece.source_port == PortNumber());
  CHECK(piece.destination_port == PortNumber());
  CHECK(piece.tcp_flags == 0);
  CHECK(piece.payload == piece.l4);
  CHECK(piece.end == buffer.size());
  CHECK(piece.length == buffer.size());
  Packet again = as_packet(buffer);
  REQUIRE(parse(again) == FrameKind::later_fragment);
  CHECK(again.end == piece.end);
  CHECK(header_of(bytes_of(buffer)).flags_and_offset.host() == (kMoreFragments | 48 / 8));

  cut_to_first_piece(packet, 48);
  CHECK(packet.fragment);
  CHECK(packet.length == 14 + 20 + 48);
  CHECK(packet.end == packet.length);
  CHECK(packet.destination_port == PortNumber(53));
  CHECK(header_of(bytes_of(frame)).flags_and_offset.host() == kMoreFragments);
}

TEST_CASE("padding behind a datagram is in no piece") {
  const auto pieces = pieces_of(bytes_of(datagram(100).padding(30, 0xff).build()), 68);
  CHECK(payload_of(reassemble(pieces)) == pattern(100));
}

TEST_CASE("the last piece of a fragment in the middle says that more follow") {
  const Frame middle = part(datagram(4000), {1024, 1024, true}).build();
  const auto pieces = pieces_of(bytes_of(middle), 576);
  CHECK(pieces.size() == 2);
  for (const Bytes& piece : pieces) CHECK(more_follow(piece));
  const Frame last = part(datagram(4000), {2048, 1960, false}).build();
  const auto ends = pieces_of(bytes_of(last), 576);
  CHECK(ends.size() == 4);
  CHECK_FALSE(more_follow(ends.back()));
  CHECK(std::ranges::count_if(ends, more_follow) == 3);
}

TEST_CASE("the longest fragments and the highest offset are no exception") {
  const Frame last = part(datagram(65507), {65528 - 21 * 8, 155, false}).build();
  const auto pieces = pieces_of(bytes_of(last), 68);
  CHECK(pieces.size() == 4);
  CHECK(misfits(pieces, 68) == 0);
  const auto& end = header_of(pieces.back());
  CHECK((end.flags_and_offset.host() & kFragmentOffsetMask) * 8 + end.total_length.host() - 20 ==
        65528 - 21 * 8 + 155);

  const Frame jumbo = datagram(65521 - 28).build();
  const auto many = pieces_of(bytes_of(jumbo), 68);
  CHECK(payload_of(reassemble(many)) == pattern(65521 - 28));
}

TEST_CASE("only the first piece has options that are not copied") {
  const Frame whole = datagram(200).ip_options({7, 7, 4, 0, 0, 0, 0, 148, 4, 0, 0}).build();
  const auto pieces = pieces_of(bytes_of(whole), 100);
  REQUIRE(pieces.size() == 4);
  CHECK(pieces[0][34] == std::byte{7});
  for (const Bytes& piece : std::span(pieces).subspan(1)) {
    CHECK(piece[34] == std::byte{1});
    CHECK(piece[41] == std::byte{148});
  }
  CHECK(payload_of(reassemble(pieces)) == pattern(200));
}

/// Divides every frame again.
std::vector<Bytes> divided(const std::vector<Bytes>& frames, std::uint16_t mtu) {
  std::vector<Bytes> all;
  for (const Bytes& frame : frames) {
    for (Bytes& piece : pieces_of(frame, mtu)) all.push_back(std::move(piece));
  }
  return all;
}

TEST_CASE("pieces of any size, and pieces of pieces, are the datagram again") {
  Random random(41);
  constexpr std::array<std::uint16_t, 6> kMtus{68, 576, 1280, 1500, 4352, 9000};
  const std::array kinds{udp(), udp().no_udp_checksum(), icmp_echo_request()};
  for (int round = 0; round < 300; ++round) {
    PacketBuilder builder = kinds[random.upto(2)];
    builder.from(random.address(), random.port()).to(random.address(), random.port());
    builder.payload(random.text(random.upto(random.once_in(10) ? 40000 : 3000)));
    builder.identification(random.word());
    if (random.once_in(2)) builder.ip_options(random.bytes(random.upto(40)));
    const std::vector<Bytes> whole{bytes_of(builder.build())};
    const auto large = random.once_in(2) ? kMtus[random.upto(5)]
                                         : static_cast<std::uint16_t>(random.between(68, 9000));
    const auto small = static_cast<std::uint16_t>(random.between(68, large));
    const auto once = divided(whole, large);
    auto twice = divided(once, small);
    CHECK(misfits(once, large) == 0);
    CHECK(misfits(twice, small) == 0);
    CHECK(reassemble(once) == reassemble(whole));
    CHECK(checksums_ok(reassemble(twice)));
    random.shuffle(twice);
    CHECK(reassemble(twice) == reassemble(whole));
  }
}

}  // namespace
}  // namespace encluster::net
