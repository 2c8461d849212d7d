#include "net/icmp_quote.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "net/parse.hpp"
#include "support/packet_builder.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

constexpr Ipv4Address kRouter(203, 0, 113, 1);
constexpr Ipv4Address kRemote(198, 51, 100, 9);
constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr Ipv4Address kNode(10, 77, 0, 11);
constexpr std::size_t kAll = 0xffff;

std::vector<std::byte> datagram_in(const Frame& frame) {
  const auto bytes = frame.bytes().subspan(sizeof(EthernetHeader));
  return {bytes.begin(), bytes.end()};
}

/// An error that quotes these bytes, nothing behind it.
Frame error_about(std::span<const std::byte> quoted) {
  return icmp(icmp_type::unreachable, 1).from(kRouter).to(kCluster).payload(quoted).build(0);
}

/// An error about a message, of which the first `bytes` are quoted.
Frame error_about(const PacketBuilder& message, std::size_t bytes = kAll) {
  const auto datagram = datagram_in(message.build());
  return error_about(std::span(datagram).first(std::min(bytes, datagram.size())));
}

PacketBuilder sent(PacketBuilder builder) {
  return builder.from(kCluster, 40000).to(kRemote, 53).identifier(40000).payload("something");
}

/// What is quoted, in a frame of its own.
std::vector<std::byte> quoted_frame(const Packet& error) {
  std::vector<std::byte> frame(error.frame, error.frame + sizeof(EthernetHeader));
  frame.insert(frame.end(), error.frame + error.payload, error.frame + error.end);
  return frame;
}

/// What find_quote says of an error about a datagram in which some byte has been changed.
std::optional<IcmpQuote> with_byte(std::size_t at, std::uint8_t value,
                                   const PacketBuilder& message = sent(udp())) {
  auto datagram = datagram_in(message.build());
  datagram[at] = std::byte{value};
  Frame frame = error_about(datagram);
  return find_quote(parsed(frame));
}

TEST_CASE("a quote tells the ends of its message") {
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
    Frame frame = error_about(sent(protocol == Protocol::tcp ? tcp().ack(1) : udp()));
    const auto quote = find_quote(parsed(frame));
    REQUIRE(quote.has_value());
    CHECK(quote->source == kCluster);
    CHECK(quote->destination == kRemote);
    CHECK(quote->protocol == protocol);
    CHECK(quote->source_port == PortNumber(40000));
    CHECK(quote->destination_port == PortNumber(53));
    CHECK(quote->l3 == 14 + 20 + 8);
    CHECK(quote->l4 == quote->l3 + 20);
    CHECK(quote->end == frame.size());
  }
}

TEST_CASE("a quoted echo has its identifier in both ports") {
  for (const PacketBuilder& echo : {icmp_echo_request(), icmp_echo_reply()}) {
    Frame frame = error_about(sent(echo));
    const auto quote = find_quote(parsed(frame));
    REQUIRE(quote.has_value());
    CHECK(quote->source_port == PortNumber(40000));
    CHECK(quote->destination_port == PortNumber(40000));
  }
}

TEST_CASE("a quote is found from eight bytes behind its header on, at whatever length it ends") {
  std::size_t wrong = 0;
  for (const PacketBuilder& kind : {tcp().ack(1), udp(), icmp_echo_request()}) {
    for (std::size_t options = 0; options <= 40; options += 4) {
      const PacketBuilder message =
          PacketBuilder(sent(kind)).ip_options(std::vector<std::uint8_t>(options, 1));
      const std::size_t whole = datagram_in(message.build()).size();
      for (std::size_t bytes = 0; bytes <= whole; ++bytes) {
        Frame frame = error_about(message, bytes);
        Packet error = parsed(frame);
        const auto quote = find_quote(error);
        if (quote.has_value() != (bytes >= 20 + options + 8)) ++wrong;
        rewrite_quoted_source(error, kNode, PortNumber(1000));
        rewrite_quoted_destination(error, kNode, PortNumber(1000));
        if (!checksums_ok(error)) ++wrong;
        if (quote.has_value() && find_quote(error)->source_port != PortNumber(1000)) ++wrong;
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("padding behind the error is no part of the quote") {
  const auto datagram = datagram_in(sent(udp()).build());
  Frame frame = icmp(icmp_type::unreachable, 1)
                    .from(kRouter)
                    .to(kCluster)
                    .payload(std::span(datagram).first(27))
                    .padding(20)
                    .build(0);
  CHECK_FALSE(find_quote(parsed(frame)).has_value());
}

TEST_CASE("only IPv4 is a quote, with a header as long as headers are") {
  CHECK(with_byte(0, 0x45).has_value());
  for (const unsigned version : {0U, 3U, 5U, 6U, 15U}) {
    CHECK_FALSE(with_byte(0, static_cast<std::uint8_t>(version << 4 | 5)).has_value());
  }
  for (std::uint8_t words = 0; words < 5; ++words) {
    CHECK_FALSE(with_byte(0, static_cast<std::uint8_t>(0x40 | words)).has_value());
  }
  // What is quoted here are 20 + 8 + 9 bytes, so a header of 28 leaves room for 8 more.
  CHECK(with_byte(0, 0x47).has_value());
  for (std::uint8_t words = 8; words < 16; ++words) {
    CHECK_FALSE(with_byte(0, static_cast<std::uint8_t>(0x40 | words)).has_value());
  }
}

TEST_CASE("only what the gateway carries is a quote") {
  for (unsigned protocol = 0; protocol < 256; ++protocol) {
    const bool carried = protocol == 6 || protocol == 17;
    const auto quote = with_byte(9, static_cast<std::uint8_t>(protocol));
    if (protocol != 1) CHECK(quote.has_value() == carried);
  }
  for (unsigned type = 0; type < 256; ++type) {
    const bool echo = type == 0 || type == 8;
    const auto quote = with_byte(20, static_cast<std::uint8_t>(type), sent(icmp_echo_request()));
    CHECK(quote.has_value() == echo);
  }
}

TEST_CASE("a first fragment is a quote, a later one is none") {
  CHECK(with_byte(6, 0x20).has_value());        // more fragments
  CHECK(with_byte(6, 0x40).has_value());        // must not be fragmented
  CHECK_FALSE(with_byte(6, 0x10).has_value());  // an offset, by its highest bit
  CHECK_FALSE(with_byte(7, 0x01).has_value());  // and by its lowest
}

TEST_CASE("lengths and checksums in a quote are not believed") {
  CHECK(with_byte(2, 0xff).has_value());
  CHECK(with_byte(3, 0x00).has_value());
  CHECK(with_byte(10, 0x00).has_value());
  CHECK(with_byte(24, 0xff).has_value());
}

TEST_CASE("an error in fragments has what its first fragment quotes") {
  const auto datagram = datagram_in(sent(udp()).build());
  const auto error =
      icmp(icmp_type::unreachable, 1).from(kRouter).to(kCluster).payload(std::span(datagram));
  for (const std::size_t bytes : {32U, 40U}) {
    Frame frame = PacketBuilder(error).fragment(0, true, bytes).build(0);
    Packet packet = as_packet(frame);
    REQUIRE(parse(packet) == FrameKind::first_fragment);
    CHECK(find_quote(packet).has_value() == (bytes == 40));
    rewrite_quoted_source(packet, kNode, PortNumber(1000));
  }
}

TEST_CASE("a rewritten quote says that another end sent its message") {
  for (const PacketBuilder& kind :
       {tcp().ack(1), udp(), udp().no_udp_checksum(), icmp_echo_request(), icmp_echo_reply()}) {
    Frame frame = error_about(sent(kind));
    Packet error = parsed(frame);
    rewrite_quoted_source(error, kNode, PortNumber(1000));
    PacketBuilder expected = sent(kind);
    CHECK(frame == error_about(expected.from(kNode, 1000).identifier(1000)));
  }
}

TEST_CASE("a rewritten quote says that its message went to another end") {
  for (const PacketBuilder& kind :
       {tcp().ack(1), udp(), udp().no_udp_checksum(), icmp_echo_request(), icmp_echo_reply()}) {
    Frame frame = error_about(sent(kind));
    Packet error = parsed(frame);
    rewrite_quoted_destination(error, kNode, PortNumber(1000));
    PacketBuilder expected = sent(kind);
    CHECK(frame == error_about(expected.to(kNode, 1000).identifier(1000)));
  }
}

TEST_CASE("a TCP checksum is adjusted where it is quoted as a whole") {
  for (const std::size_t bytes : {20 + 8U, 20 + 16U, 20 + 17U, 20 + 18U, 20 + 20U}) {
    Frame frame = error_about(sent(tcp().ack(1)), bytes);
    Packet error = parsed(frame);
    rewrite_quoted_source(error, kNode, PortNumber(1000));
    PacketBuilder expected = sent(tcp().ack(1));
    const Frame other = error_about(expected.from(kNode, 1000), bytes);
    if (bytes == 20 + 17U) {
      CHECK(checksums_ok(error));  // half of it is left as it was
    } else {
      CHECK(frame == other);
    }
  }
}

TEST_CASE("nothing is rewritten without a quote") {
  auto datagram = datagram_in(sent(udp()).build());
  datagram[9] = std::byte{47};
  Frame frame = error_about(datagram);
  const Frame before = frame;
  Packet error = parsed(frame);
  rewrite_quoted_source(error, kNode, PortNumber(1000));
  rewrite_quoted_destination(error, kNode, PortNumber(1000));
  CHECK(frame == before);
}

TEST_CASE("what is wrong in a quote stays wrong") {
  Frame frame = error_about(sent(udp()).corrupt_checksum().corrupt_ip_checksum());
  Packet error = parsed(frame);
  rewrite_quoted_source(error, kNode, PortNumber(1000));
  CHECK(checksums_ok(error));
  CHECK_FALSE(checksums_ok(quoted_frame(error)));
}

}  // namespace
}  // namespace encluster::net
