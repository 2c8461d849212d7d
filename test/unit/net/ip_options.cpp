#include "net/ip_options.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "net/parse.hpp"
#include "support/packet_builder.hpp"
#include "support/random.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

using Options = std::vector<std::uint8_t>;

constexpr Ipv4Address kRemote(198, 51, 100, 9);
constexpr Ipv4Address kNode(10, 77, 0, 11);

PacketBuilder message() { return udp().from(kNode, 700).to(kRemote, 53).payload("odd"); }

/// The options of the IP header at `l3`.
Options options_at(const Packet& packet, std::uint16_t l3) {
  const auto header_length = packet.header_at<Ipv4Header>(l3).header_length();
  const auto* header = reinterpret_cast<const std::uint8_t*>(packet.frame + l3);
  return {header + sizeof(Ipv4Header), header + header_length};
}

/// What becomes of a message's options.
Options concealed(const Options& options) {
  Frame frame = message().ip_options(options).build(0);
  Packet packet = parsed(frame);
  conceal_addresses_in_options(packet);
  CHECK(checksums_ok(packet));
  return options_at(packet, packet.l3);
}

Options kept(Options options) {
  keep_copied_options(std::as_writable_bytes(std::span(options)));
  return options;
}

bool may_hold_address(std::uint8_t type) { return type != 1 && type != 148; }

/// Types of the options up to the end of the list, as a host would read them.
Options types_in(const Options& options) {
  Options types;
  for (std::size_t at = 0; at < options.size() && options[at] != 0;) {
    types.push_back(options[at]);
    const std::size_t rest = options.size() - at;
    const std::size_t length = options[at] == 1 ? 1 : rest < 2 ? 0 : options[at + 1];
    if (length == 0 || length > rest) break;
    at += length;
  }
  return types;
}

TEST_CASE("every option but router alert becomes no operation") {
  for (unsigned type = 2; type < 256; ++type) {
    const auto number = static_cast<std::uint8_t>(type);
    CHECK(concealed({number, 7, 4, 10, 77, 0, 11, 0}) == Options{1, 1, 1, 1, 1, 1, 1, 0});
    CHECK(concealed({1, number, 6, 4, 10, 77, 0, 148, 4, 0, 5, 0}) ==
          Options{1, 1, 1, 1, 1, 1, 1, 148, 4, 0, 5, 0});
  }
}

TEST_CASE("router alert stays, if it is as long as that is") {
  CHECK(concealed({148, 4, 0, 0}) == Options{148, 4, 0, 0});
  CHECK(concealed({148, 6, 10, 77, 0, 11, 148, 2}) == Options(8, 1));
  CHECK(concealed({148, 3, 10, 0}) == Options{1, 1, 1, 0});
}

TEST_CASE("where nothing is hidden nothing changes") {
  CHECK(concealed({}).empty());
  CHECK(concealed({1, 1, 1, 1}) == Options{1, 1, 1, 1});
}

TEST_CASE("every option of a list is looked at") {
  CHECK(concealed({7, 3, 4, 68, 4, 5, 0, 131, 3, 4, 137, 3, 4, 148, 4, 0, 0}) ==
        Options{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 148, 4, 0, 0, 0, 0, 0});
}

TEST_CASE("what follows the end of the list is cleared") {
  CHECK(concealed({148, 4, 0, 0, 0, 7, 7, 10, 77, 0, 11, 1}) ==
        Options{148, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("an option of impossible length ends the list") {
  for (const std::uint8_t length : Options{0, 1, 9, 40, 255}) {
    CHECK(concealed({7, length, 4, 10, 77, 0, 11, 0}) == Options(8, 0));
    CHECK(concealed({148, length, 4, 10, 77, 0, 11, 0}) == Options(8, 0));
  }
  CHECK(concealed({1, 1, 1, 7}) == Options{1, 1, 1, 0});
  CHECK(concealed({1, 1, 7, 2}) == Options{1, 1, 1, 1});
}

TEST_CASE("an option may take all the room there is") {
  Options options(40, 10);
  options[0] = 7;
  options[1] = 40;
  CHECK(concealed(options) == Options(40, 1));
  options[1] = 41;
  CHECK(concealed(options) == Options(40, 0));
}

TEST_CASE("a later fragment's options are concealed, too") {
  Frame frame = message()
                    .ip_options({131, 7, 4, 10, 77, 0, 11})
                    .fragment(8, false)
                    .payload("0123456789")
                    .build(0);
  Packet packet = as_packet(frame);
  REQUIRE(parse(packet) == FrameKind::later_fragment);
  conceal_addresses_in_options(packet);
  CHECK(options_at(packet, packet.l3) == Options{1, 1, 1, 1, 1, 1, 1, 0});
  CHECK(checksums_ok(packet));
}

TEST_CASE("options in an error's quote are concealed, and both checksums follow") {
  const auto quoted = message().ip_options({7, 7, 4, 10, 77, 0, 11}).build();
  for (const std::uint8_t type : Options{3, 11, 12}) {
    Frame frame = icmp_error(type, 0, quoted)
                      .from(kRemote)
                      .to(kNode)
                      .ip_options({68, 8, 5, 0, 10, 77, 0, 11})
                      .build(0);
    Packet packet = parsed(frame);
    conceal_addresses_in_options(packet);
    CHECK(options_at(packet, packet.l3) == Options(8, 1));
    CHECK(options_at(packet, packet.payload) == Options{1, 1, 1, 1, 1, 1, 1, 0});
    CHECK(checksums_ok(packet));
    const auto expected = message().ip_options({1, 1, 1, 1, 1, 1, 1, 0}).build();
    CHECK(frame ==
          icmp_error(type, 0, expected).from(kRemote).to(kNode).ip_options(Options(8, 1)).build(0));
  }
}

TEST_CASE("what is in a message that is no error is no quote") {
  const auto quoted = message().ip_options({7, 7, 4, 10, 77, 0, 11}).build();
  for (const std::uint8_t type : Options{0, 5, 8}) {
    Frame frame = icmp_error(type, 0, quoted).from(kRemote).to(kNode).build(0);
    const Frame before = frame;
    Packet packet = parsed(frame);
    conceal_addresses_in_options(packet);
    CHECK(frame == before);
  }
}

TEST_CASE("a wrong header checksum stays wrong") {
  Frame frame = message().ip_options({7, 7, 4, 10, 77, 0, 11}).corrupt_ip_checksum().build(0);
  Packet packet = as_packet(frame);
  packet.ip_checksum_verified = true;
  REQUIRE(parse(packet) == FrameKind::message);
  conceal_addresses_in_options(packet);
  CHECK_FALSE(checksums_ok(packet));
}

TEST_CASE("options that every fragment has are kept, others become no operation") {
  CHECK(kept({148, 4, 0, 0}) == Options{148, 4, 0, 0});
  CHECK(kept({7, 3, 4, 0}) == Options{1, 1, 1, 0});
  CHECK(kept({7, 3, 4, 131, 3, 4, 68, 4, 5, 0, 148, 4}) ==
        Options{1, 1, 1, 131, 3, 4, 1, 1, 1, 1, 0, 0});
  CHECK(kept({1, 1, 1, 1}) == Options{1, 1, 1, 1});
  CHECK(kept({}).empty());
}

TEST_CASE("keeping options clears what follows their end or is no option") {
  CHECK(kept({130, 3, 9, 0, 130, 3, 9, 9}) == Options{130, 3, 9, 0, 0, 0, 0, 0});
  CHECK(kept({130, 1, 9, 130}) == Options{0, 0, 0, 0});
  CHECK(kept({1, 1, 1, 130}) == Options{1, 1, 1, 0});
}

TEST_CASE("no bytes in place of options hide an address, change a length or break a checksum") {
  Random random(21);
  constexpr std::array<std::uint8_t, 8> kTypes{7, 68, 131, 137, 1, 148, 130, 0};
  std::size_t wrong = 0;
  for (int round = 0; round < 20'000; ++round) {
    Options options = random.bytes(4 * random.between(1, 10));
    for (std::uint8_t& byte : options) {
      if (random.once_in(3)) byte = kTypes[random.upto(7)];
      if (random.once_in(3)) byte = static_cast<std::uint8_t>(random.upto(12));
    }
    Frame frame = message().ip_options(options).build(0);
    Packet packet = parsed(frame);
    const std::string before = describe(packet);
    conceal_addresses_in_options(packet);
    const Options after = options_at(packet, packet.l3);
    if (after.size() != options.size() || !checksums_ok(packet)) ++wrong;
    if (describe(packet) != before || payload_of(packet) != "odd") ++wrong;
    if (std::ranges::any_of(types_in(after), may_hold_address)) ++wrong;
    if (concealed(after) != after) ++wrong;
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace encluster::net
