#include "net/checksum.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "support/packet_builder.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

constexpr Ipv4Address kSource(192, 0, 2, 1);
constexpr Ipv4Address kDestination(198, 51, 100, 9);

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

std::uint16_t host_sum(std::span<const std::byte> words) {
  return Be16::from_raw(fold(sum_words(words))).host();
}

TEST_CASE("the sum of RFC 1071's example is ddf2") {
  const auto example = bytes({0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7});
  CHECK(host_sum(example) == 0xddf2);
}

TEST_CASE("an odd last byte counts as the first of its word") {
  CHECK(host_sum(bytes({0x12})) == 0x1200);
  CHECK(host_sum(bytes({0x12, 0x34, 0x56})) == 0x6834);
  CHECK(host_sum({}) == 0);
}

TEST_CASE("sums of every length equal those of the byte-wise reference") {
  std::vector<std::byte> data;
  for (unsigned length = 0; length < 200; ++length) {
    const std::uint16_t checksum = reference_checksum(data);
    CHECK(static_cast<std::uint16_t>(~host_sum(data)) == checksum);
    data.push_back(static_cast<std::byte>(0xff - length * 7));
  }
}

TEST_CASE("a sum of the longest datagram does not overflow") {
  const std::vector<std::byte> data(0xffff, std::byte{0xff});
  CHECK(static_cast<std::uint16_t>(~host_sum(data)) == reference_checksum(data));
}

TEST_CASE("carries are folded until none is left") {
  CHECK(fold(0) == 0);
  CHECK(fold(0xffff) == 0xffff);
  CHECK(fold(0x10000) == 1);
  CHECK(fold(0x1ffff) == 1);
  CHECK(fold(0xffffffff) == 0xffff);
  CHECK(fold(0x1'0000'0000) == 1);
  CHECK(fold(0xffff'ffff'ffff'ffff) == 0xffff);
}

TEST_CASE("RFC 1624's example changes dd2f to 0000") {
  ChecksumDelta delta;
  delta.change(Be16(std::uint16_t{0x5555}), Be16(std::uint16_t{0x3285}));
  CHECK(delta.apply(Be16(std::uint16_t{0xdd2f})) == Be16{});
}

TEST_CASE("an empty delta changes no checksum") {
  const ChecksumDelta nothing;
  for (std::uint32_t checksum = 0; checksum <= 0xffff; ++checksum) {
    const Be16 field(static_cast<std::uint16_t>(checksum));
    if (nothing.apply(field) != field) FAIL(checksum);
  }
}

TEST_CASE("for UDP no checksum stays none, and a computed zero becomes all ones") {
  ChecksumDelta delta;
  delta.change(Be16(std::uint16_t{0x5555}), Be16(std::uint16_t{0x3285}));
  CHECK(delta.apply_udp(Be16{}) == Be16{});
  CHECK(delta.apply_udp(Be16(std::uint16_t{0xdd2f})) == Be16(std::uint16_t{0xffff}));
}

TEST_CASE("the checksum of an IP header is the same whatever its field says") {
  auto header = bytes({0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                       0x00, 0x00, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7});
  CHECK(ipv4_checksum(header) == Be16(std::uint16_t{0xb861}));
  CHECK_FALSE(ipv4_checksum_ok(header));
  header[10] = std::byte{0xb8};
  header[11] = std::byte{0x61};
  CHECK(ipv4_checksum(header) == Be16(std::uint16_t{0xb861}));
  CHECK(ipv4_checksum_ok(header));
}

TEST_CASE("every wrong bit of an IP header with options is noticed") {
  const Frame frame =
      udp().from(kSource, 1).to(kDestination, 2).ip_options({7, 7, 4, 1, 2, 3, 4}).build();
  const auto whole = frame.bytes().subspan(sizeof(EthernetHeader), 28);
  std::vector<std::byte> header(whole.begin(), whole.end());
  REQUIRE(ipv4_checksum_ok(header));
  for (std::size_t bit = 0; bit < header.size() * 8; ++bit) {
    header[bit / 8] ^= std::byte{1} << (bit % 8);
    CHECK_FALSE(ipv4_checksum_ok(header));
    header[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

TEST_CASE("transport checksums of every length equal those of the reference") {
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::icmp}) {
    std::vector<std::byte> message(8);
    for (unsigned length = 8; length < 80; ++length) {
      const auto expected = reference_transport_checksum(
          kSource, kDestination, static_cast<std::uint8_t>(protocol), message);
      CHECK(transport_checksum(kSource, kDestination, protocol, message).host() == expected);
      message.push_back(static_cast<std::byte>(length * 31));
    }
  }
}

TEST_CASE("only a UDP checksum that computes to zero is written as all ones") {
  // Two bytes are chosen so that all words sum up to ffff.
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::icmp}) {
    std::vector<std::byte> message(20, std::byte{0x11});
    message[0] = message[1] = std::byte{0};
    const auto number = static_cast<std::uint8_t>(protocol);
    const std::uint16_t rest = reference_transport_checksum(kSource, kDestination, number, message);
    message[0] = static_cast<std::byte>(rest >> 8);
    message[1] = static_cast<std::byte>(rest & 0xff);
    const Be16 checksum = transport_checksum(kSource, kDestination, protocol, message);
    CHECK(checksum.host() == (protocol == Protocol::udp ? 0xffff : 0));
  }
}

}  // namespace
}  // namespace encluster::net
