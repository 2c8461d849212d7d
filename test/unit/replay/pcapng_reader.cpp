#include "replay/pcapng_reader.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <random>

#include "pcapng_bytes.hpp"

namespace encluster::replay {
namespace {

using test::PcapngBytes;

Capture read(const PcapngBytes& file) {
  ReadResult result = read_capture(file.bytes());
  if (const auto* error = std::get_if<CaptureError>(&result)) FAIL(error->what);
  return std::get<Capture>(std::move(result));
}

CaptureError refused(const PcapngBytes& file) {
  const ReadResult result = read_capture(file.bytes());
  REQUIRE(std::holds_alternative<CaptureError>(result));
  return std::get<CaptureError>(result);
}

std::string text_of(const CapturedFrame& frame) {
  return {reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size()};
}

PcapngBytes two_interfaces(bool big_endian = false) {
  PcapngBytes file(big_endian);
  file.section().interface("ext0").interface("int0");
  return file;
}

/// What the block after two interfaces is refused for; the offset must be its own.
std::string why_refused(std::uint32_t type, const std::string& body) {
  PcapngBytes file = two_interfaces();
  const std::size_t offset = file.text().size();
  const CaptureError error = refused(file.block(type, body));
  CHECK(error.offset == offset);
  return error.what;
}

TEST_CASE("interfaces and packets are read in either byte order") {
  for (const bool big_endian : {false, true}) {
    PcapngBytes file = two_interfaces(big_endian);
    file.packet(1, 1'700'000'000'123'456, "hello").packet(0, 1'700'000'000'123'457, "abcd");
    const Capture capture = read(file);
    REQUIRE(capture.interfaces.size() == 2);
    CHECK(capture.interfaces[0].name == "ext0");
    CHECK(capture.interfaces[1].name == "int0");
    CHECK(capture.interfaces[1].link_type == kLinkTypeEthernet);
    REQUIRE(capture.frames.size() == 2);
    CHECK(capture.frames[0].interface == 1);
    CHECK(capture.frames[0].nanoseconds == 1'700'000'000'123'456'000);
    CHECK(capture.frames[0].original_length == 5);
    CHECK(text_of(capture.frames[0]) == "hello");
    CHECK(text_of(capture.frames[1]) == "abcd");
  }
}

TEST_CASE("a second section has interfaces and a byte order of its own") {
  PcapngBytes big(true);
  big.section().interface("int0").packet(0, 7, "two");
  PcapngBytes file;
  file.section().interface("ext0").packet(0, 5, "one").raw(big.text());
  const Capture capture = read(file);
  REQUIRE(capture.frames.size() == 2);
  CHECK(capture.frames[1].interface == 1);
  CHECK(capture.interfaces[1].name == "int0");
  CHECK(capture.frames[1].nanoseconds == 7000);
}

TEST_CASE("unknown blocks and options are passed over") {
  PcapngBytes file;
  file.section();
  file.block(4, "name resolution.").interface("ext0", file.option(3, "what it is"));
  file.block(0x80000001, "").packet(0, 1, "x");
  CHECK(read(file).frames.size() == 1);
}

TEST_CASE("nothing after the end of options is read as one") {
  PcapngBytes file;
  file.section().interface("ext0", file.option(0, "") + file.option(2, "other"));
  CHECK(read(file).interfaces[0].name == "ext0");
}

TEST_CASE("an interface's resolution and offset hold for its packets") {
  PcapngBytes file;
  const std::string offset(std::string("\x0a\0\0\0\0\0\0\0", 8));
  file.section().interface("ext0", file.option(9, "\x09") + file.option(14, offset));
  file.packet(0, 5, "x");
  CHECK(read(file).frames[0].nanoseconds == 10'000'000'005);
}

TEST_CASE("simple packets have the first interface, its snap length and the last time") {
  PcapngBytes file;
  file.section().interface("ext0", {}, 4).packet(0, 3, "abc").simple_packet(9, "wxyz");
  const Capture capture = read(file);
  CHECK(text_of(capture.frames[1]) == "wxyz");
  CHECK(capture.frames[1].original_length == 9);
  CHECK(capture.frames[1].nanoseconds == 3000);
}

TEST_CASE("obsolete packet blocks are read") {
  PcapngBytes file = two_interfaces();
  file.block(2, file.u16(1) + file.u16(9) + file.packet_body(0, 3, 1, 1, "x").substr(4));
  CHECK(read(file).frames.at(0).interface == 1);
}

TEST_CASE("every truncation of a file is an error, but between its blocks") {
  for (const bool big_endian : {false, true}) {
    PcapngBytes whole = two_interfaces(big_endian);
    std::vector<std::size_t> ends{PcapngBytes(big_endian).section().text().size(),
                                  PcapngBytes(big_endian).section().interface("ext0").text().size(),
                                  whole.text().size()};
    whole.packet(0, 1, "hello");
    ends.push_back(whole.text().size());
    for (std::size_t size = 0; size <= whole.text().size(); ++size) {
      // Of this exact size, so that a sanitizer sees the first byte read behind it.
      const auto cut = std::make_unique<std::byte[]>(size);
      std::copy_n(whole.bytes().begin(), size, cut.get());
      const ReadResult result = read_capture({cut.get(), size});
      const bool between = std::find(ends.begin(), ends.end(), size) != ends.end();
      CHECK(std::holds_alternative<Capture>(result) == between);
    }
  }
}

TEST_CASE("a block whose lengths lie is an error at its own offset") {
  const PcapngBytes file = two_interfaces();
  const std::size_t offset = file.text().size();
  const auto error_of = [&](std::uint32_t first, std::uint32_t last) {
    PcapngBytes lying = file;
    lying.raw(lying.u32(4) + lying.u32(first) + "body" + lying.u32(last));
    const CaptureError error = refused(lying);
    CHECK(error.offset == offset);
    return error.what;
  };
  CHECK(error_of(16, 12) == "the block's two lengths differ");
  CHECK(error_of(20, 20) == "the block is longer than the rest of the file");
  CHECK(error_of(0xfffffffc, 16) == "the block is longer than the rest of the file");
  CHECK(error_of(15, 15) == "the block's length is impossible");
  CHECK(error_of(8, 8) == "the block's length is impossible");
  CHECK(error_of(0, 0) == "the block's length is impossible");
}

TEST_CASE("a packet must fit its block, its own length and an interface") {
  const PcapngBytes file;
  CHECK(why_refused(6, file.packet_body(2, 0, 1, 1, "x")) ==
        "the packet's interface is not described");
  CHECK(why_refused(6, file.packet_body(0xffffffff, 0, 1, 1, "x")) ==
        "the packet's interface is not described");
  CHECK(why_refused(6, file.packet_body(0, 0, 5, 5, "abcd")) ==
        "the packet is longer than its block");
  CHECK(why_refused(6, file.packet_body(0, 0, 0xffffffff, 0xffffffff, "abcd")) ==
        "the packet is longer than its block");
  CHECK(why_refused(6, file.packet_body(0, 0, 0xfffffffd, 0xffffffff, "abcd")) ==
        "the packet is longer than its block");
  CHECK(why_refused(6, file.packet_body(0, 0, 4, 3, "abcd")) ==
        "more bytes of the packet were captured than it had");
  CHECK(why_refused(6, "1234") == "the packet block is too short");
  CHECK(why_refused(3, "") == "the packet block is too short");
  CHECK(why_refused(3, file.u32(5) + "abcd") == "the packet is longer than its block");
}

TEST_CASE("options must fit their block and have their length") {
  const PcapngBytes file;
  const std::string interface = file.u16(1) + file.u16(0) + file.u32(0);
  CHECK(why_refused(1, interface + file.u16(2) + file.u16(5) + "name") ==
        "an option is longer than its block");
  CHECK(why_refused(1, interface + file.u16(2) + file.u16(0xffff)) ==
        "an option is longer than its block");
  CHECK(why_refused(1, interface + file.option(9, "ab")) ==
        "the option if_tsresol does not have one byte");
  CHECK(why_refused(1, interface + file.option(14, "ab")) ==
        "the option if_tsoffset does not have eight bytes");
  CHECK(why_refused(1, "1234") == "the Interface Description Block is too short");
  CHECK(why_refused(6, file.packet_body(0, 0, 1, 1, "x") + file.u16(1) + file.u16(1)) ==
        "an option is longer than its block");
}

TEST_CASE("what is no pcapng file, or of another version, is refused") {
  CHECK(refused(PcapngBytes()).what == "the file is empty");
  CHECK(refused(PcapngBytes().interface("ext0")).what ==
        "the file does not begin with a Section Header Block: it is no pcapng file");
  PcapngBytes file;
  const std::string rest = file.u16(0) + std::string(8, '\xff');
  CHECK(refused(PcapngBytes().block(0x0a0d0d0a, file.u32(0x1a2b3c4d) + file.u16(2) + rest)).what ==
        "the file's version of pcapng is not 1");
  CHECK(refused(PcapngBytes().block(0x0a0d0d0a, file.u32(0x12345678) + file.u16(1) + rest)).what ==
        "the Section Header Block has no byte-order magic");
  CHECK(refused(PcapngBytes().block(0x0a0d0d0a, file.u32(0x1a2b3c4d))).what ==
        "the Section Header Block is too short");
  CHECK(refused(PcapngBytes().section().packet(0, 0, "x")).what ==
        "the packet's interface is not described");
  CHECK(refused(PcapngBytes().section().simple_packet(1, "x")).what ==
        "the packet's interface is not described");
}

TEST_CASE("interfaces without end are refused") {
  PcapngBytes file;
  file.section();
  for (std::size_t i = 0; i <= kMaxInterfaces; ++i) file.interface("x");
  CHECK(refused(file).what == "the file has too many interfaces");
}

TEST_CASE("a damaged file is read or refused, and every frame lies within it") {
  PcapngBytes whole = two_interfaces();
  whole.packet(0, 1, "hello").simple_packet(3, "abc").packet(1, 2, "world!");
  std::minstd_rand random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = whole.text();
    for (int hits = 0; hits < 3; ++hits)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto bytes = std::as_bytes(std::span(damaged));
    const ReadResult result = read_capture(bytes);
    if (const auto* error = std::get_if<CaptureError>(&result)) {
      CHECK(error->offset < bytes.size());
      continue;
    }
    const auto& capture = std::get<Capture>(result);
    for (const CapturedFrame& frame : capture.frames) {
      REQUIRE(frame.interface < capture.interfaces.size());
      REQUIRE(frame.bytes.size() <= frame.original_length);
      if (frame.bytes.empty()) continue;
      REQUIRE(frame.bytes.data() >= bytes.data());
      REQUIRE(frame.bytes.data() + frame.bytes.size() <= bytes.data() + bytes.size());
    }
  }
}

}  // namespace
}  // namespace encluster::replay
