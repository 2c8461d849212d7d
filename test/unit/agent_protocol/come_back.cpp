#include "agent_protocol/come_back.hpp"

#include <catch2/catch.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace encluster::agent_protocol {
namespace {

std::array<std::uint8_t, kTokenSize> token() {
  std::array<std::uint8_t, kTokenSize> result{};
  std::iota(result.begin(), result.end(), std::uint8_t{0});
  return result;
}

ComeBack come_back() {
  ComeBack result{.instance = {}, .time_ms = 1'700'000'000'123};
  std::iota(result.instance.begin(), result.instance.end(), std::uint8_t{0x10});
  return result;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace

TEST_CASE("A come-back datagram is magic, instance, time, and their HMAC-SHA256 by the token") {
  const auto datagram = encode_come_back(come_back(), token());
  CHECK(hex(std::span(datagram).first(28)) ==
        "45434231"
        "101112131415161718191a1b1c1d1e1f"
        "0000018bcfe5687b");
  // By `openssl dgst -sha256 -mac HMAC -macopt hexkey:...`
  CHECK(hex(std::span(datagram).last(32)) ==
        "1aeef0320e99e575fd68aaef3db7049d13f39efdaef59737c20af443ae605e98");
}

TEST_CASE("A come-back datagram arrives as it was") {
  CHECK(decode_come_back(encode_come_back(come_back(), token()), token()) == come_back());
  const ComeBack last{.instance = {}, .time_ms = ~0ull};
  CHECK(decode_come_back(encode_come_back(last, token()), token()) == last);
}

TEST_CASE("A come-back datagram with any other bit is none") {
  const auto datagram = encode_come_back(come_back(), token());
  for (std::size_t bit = 0; bit < 8 * kComeBackSize; ++bit) {
    auto other = datagram;
    other[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    CHECK_FALSE(decode_come_back(other, token()).has_value());
  }
}

TEST_CASE("A come-back datagram for another token is none") {
  auto other = token();
  other[31] ^= 1;
  CHECK_FALSE(decode_come_back(encode_come_back(come_back(), other), token()).has_value());
}

TEST_CASE("A come-back datagram of another length is none") {
  const auto datagram = encode_come_back(come_back(), token());
  std::vector<std::uint8_t> longer(datagram.begin(), datagram.end());
  longer.push_back(0);
  CHECK_FALSE(decode_come_back(longer, token()).has_value());
  for (std::size_t length = 0; length < kComeBackSize; ++length) {
    CHECK_FALSE(decode_come_back(std::span(datagram).first(length), token()).has_value());
  }
}

}  // namespace encluster::agent_protocol
