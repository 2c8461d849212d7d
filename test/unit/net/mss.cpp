#include "net/mss.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "support/packet_builder.hpp"
#include "support/random.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

using Options = std::vector<std::uint8_t>;

PacketBuilder syn(const Options& options) {
  return tcp()
      .from(Ipv4Address(198, 51, 100, 9), 40000)
      .to(Ipv4Address(192, 0, 2, 1), 513)
      .syn()
      .tcp_options(options);
}

/// What becomes of a SYN's options at a limit; nothing lies behind the segment.
Options clamped(const Options& options, std::uint16_t limit) {
  Frame frame = syn(options).build(0);
  Packet packet = parsed(frame);
  clamp_mss(packet, limit);
  CHECK(checksums_ok(packet));
  const auto* header = reinterpret_cast<const std::uint8_t*>(packet.frame + packet.l4);
  return {header + 20, header + (packet.payload - packet.l4)};
}

TEST_CASE("an MSS above the limit is lowered, any other stays") {
  const Options announced{2, 4, 1460 >> 8, 1460 & 0xff};
  CHECK(clamped(announced, 1400) == Options{2, 4, 1400 >> 8, 1400 & 0xff});
  CHECK(clamped(announced, 1459) == Options{2, 4, 1459 >> 8, 1459 & 0xff});
  CHECK(clamped(announced, 1460) == announced);
  CHECK(clamped(announced, 0xffff) == announced);
  CHECK(clamped({2, 4, 0xff, 0xff}, 28) == Options{2, 4, 0, 28});
  CHECK(clamped({2, 4, 0, 0}, 28) == Options{2, 4, 0, 0});
}

TEST_CASE("an MSS is found behind other options, at even and odd places") {
  CHECK(clamped({1, 2, 4, 5, 180, 1, 1, 0}, 1400) == Options{1, 2, 4, 5, 120, 1, 1, 0});
  CHECK(clamped({1, 1, 2, 4, 5, 180, 0, 0}, 1400) == Options{1, 1, 2, 4, 5, 120, 0, 0});
  CHECK(clamped({3, 3, 7, 2, 4, 5, 180, 0}, 1400) == Options{3, 3, 7, 2, 4, 5, 120, 0});
  Options last(40, 1);
  last[36] = 2;
  last[37] = 4;
  last[38] = 5;
  last[39] = 180;
  CHECK(clamped(last, 1400)[39] == 120);
}

TEST_CASE("every MSS is lowered, since receivers take the last of several") {
  CHECK(clamped({2, 4, 255, 255, 2, 4, 255, 255}, 100) == Options{2, 4, 0, 100, 2, 4, 0, 100});
  CHECK(clamped({2, 4, 0, 50, 2, 4, 255, 255}, 100) == Options{2, 4, 0, 50, 2, 4, 0, 100});
  CHECK(clamped({2, 3, 0, 1, 2, 4, 255, 255}, 100) == Options{2, 3, 0, 1, 2, 4, 0, 100});
}

TEST_CASE("a SYN without an MSS stays as it is") {
  for (const Options& options :
       {Options{}, Options{1, 1, 1, 1}, Options{3, 3, 7, 0}, Options{0, 2, 4, 255, 255, 0, 0, 0}}) {
    CHECK(clamped(options, 100) == clamped(options, 0xffff));
  }
}

TEST_CASE("broken options stay as they are") {
  for (const Options& options :
       {Options{2, 3, 255, 255}, Options{2, 0, 255, 255}, Options{2, 1, 255, 255},
        Options{2, 6, 255, 255, 255, 255, 0, 0}, Options{3, 0, 2, 4},
        Options{3, 1, 2, 4, 255, 255, 0, 0}, Options{3, 9, 2, 4, 255, 255, 0, 0},
        Options{1, 1, 2, 4}, Options{1, 1, 1, 2}, Options{1, 2, 4, 255}, Options{1, 1, 1, 3}}) {
    CHECK(clamped(options, 100) == options);
  }
}

TEST_CASE("a payload that looks like an option is none") {
  Frame frame = syn({1, 1, 1, 1}).payload("\2\4\377\377").build(0);
  const Frame before = frame;
  Packet packet = parsed(frame);
  clamp_mss(packet, 100);
  CHECK(frame == before);
}

TEST_CASE("a wrong checksum stays wrong when the MSS is lowered") {
  Frame frame = syn({1, 2, 4, 5, 180}).corrupt_checksum().build(0);
  Packet packet = parsed(frame);
  clamp_mss(packet, 1400);
  CHECK_FALSE(checksums_ok(packet));
}

TEST_CASE("random options change in two bytes for each MSS, and checksums stay right") {
  Random random(31);
  constexpr std::array<std::uint8_t, 6> kUsual{0, 1, 2, 3, 4, 8};
  std::size_t wrong = 0;
  std::size_t lowered = 0;
  for (int round = 0; round < 20'000; ++round) {
    Options options = random.bytes(4 * random.between(1, 10));
    for (std::uint8_t& byte : options) {
      if (!random.once_in(3)) byte = kUsual[random.upto(5)];
    }
    if (random.once_in(4)) {
      options[0] = 2;
      options[1] = 4;
    }
    Frame frame = syn(options).build(0);
    const Frame before = frame;
    Packet packet = parsed(frame);
    clamp_mss(packet, random.word());
    if (!checksums_ok(packet)) ++wrong;
    std::size_t changed = 0;
    for (std::size_t i = 0; i < frame.size(); ++i) {
      const bool checksum = i == packet.l4 + 16u || i == packet.l4 + 17u;
      if (!checksum && frame.bytes()[i] != before.bytes()[i]) ++changed;
    }
    if (changed > options.size() / 4 * 2) ++wrong;
    if (changed > 0) ++lowered;
  }
  CHECK(wrong == 0);
  CHECK(lowered > 100);
}

}  // namespace
}  // namespace encluster::net
