// Frames that end too early, flags that cannot be, fragments and ARP.
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <string>

#include "net/headers.hpp"
#include "net/parse.hpp"
#include "support/packet_builder.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

constexpr Ipv4Address kRemote(198, 51, 100, 9);
constexpr Ipv4Address kCluster(192, 0, 2, 1);

PacketBuilder addressed(PacketBuilder builder) {
  return builder.from(kRemote, 700).to(kCluster, 513);
}

struct Parsed {
  FrameKind kind;
  Packet packet;  ///< its bytes are gone
};

/// Without tailroom, so that a sanitizer sees any byte read behind the frame.
Parsed parse_exactly(const PacketBuilder& builder) {
  Frame frame = builder.build(0);
  Packet packet = as_packet(frame);
  const FrameKind kind = parse(packet);
  return {kind, packet};
}

DropReason reason_of(const PacketBuilder& builder) { return parse_exactly(builder).packet.reason; }

/// What a frame with correct headers is dropped for when only `kept` bytes arrive.
DropReason cut_frame_reason(std::size_t kept, std::size_t ip_header) {
  if (kept < 14 + 20) return DropReason::frame_truncated;
  return kept < 14 + ip_header ? DropReason::ip_header : DropReason::ip_length;
}

TEST_CASE("a frame cut at any byte is dropped for what it lacks") {
  for (const PacketBuilder& kind :
       {tcp().ack(1), tcp().syn().tcp_options({2, 4, 5, 0xb4}), udp(), icmp_echo_request()}) {
    for (const auto options : std::initializer_list<std::uint8_t>{0, 4, 40}) {
      PacketBuilder builder =
          addressed(kind).ip_options(std::vector<std::uint8_t>(options, 1)).payload("payload");
      const std::size_t whole = builder.build().size();
      for (std::size_t kept = 0; kept < whole; ++kept) {
        const Parsed cut = parse_exactly(builder.truncate(kept));
        CHECK(cut.kind == FrameKind::bad);
        CHECK(cut.packet.reason == cut_frame_reason(kept, 20U + options));
      }
      CHECK(parse_exactly(builder.truncate(whole)).kind == FrameKind::message);
    }
  }
}

/// Cuts what follows the IP header to `kept` bytes and lets the IP header say so.
PacketBuilder cut_message(PacketBuilder builder, std::size_t kept) {
  return builder.total_length(static_cast<std::uint16_t>(20 + kept)).truncate(14 + 20 + kept);
}

TEST_CASE("a datagram that ends within its transport header is dropped") {
  for (std::size_t kept = 0; kept <= 24; ++kept) {
    CHECK(reason_of(cut_message(addressed(tcp().syn().tcp_options({2, 4, 5, 0xb4})), kept)) ==
          (kept < 24 ? DropReason::tcp_header : DropReason::none));
  }
  for (std::size_t kept = 0; kept <= 8; ++kept) {
    CHECK(reason_of(cut_message(addressed(udp()), kept)) ==
          (kept < 8 ? DropReason::udp_header : DropReason::none));
    CHECK(reason_of(cut_message(addressed(icmp_echo_request()), kept)) ==
          (kept < 8 ? DropReason::icmp_header : DropReason::none));
    CHECK(reason_of(cut_message(addressed(icmp(icmp_type::unreachable)), kept)) ==
          (kept < 8 ? DropReason::icmp_header : DropReason::none));
  }
}

TEST_CASE("padding never completes a transport header") {
  for (PacketBuilder builder : {tcp().ack(1), udp(), icmp_echo_request()}) {
    CHECK(parse_exactly(addressed(builder).total_length(20 + 7).padding(46)).kind ==
          FrameKind::bad);
  }
}

TEST_CASE("of all TCP flags exactly the combinations that a TCP sends pass") {
  constexpr unsigned kUrgentAndEcn = 0x20 | 0x40 | 0x80;
  constexpr unsigned kPsh = 0x08;
  for (unsigned flags = 0; flags < 256; ++flags) {
    const unsigned kind = flags & ~(kUrgentAndEcn | kPsh);
    const bool possible = kind == 0x02 || kind == 0x12 ||  // SYN, SYN ACK
                          kind == 0x10 || kind == 0x11 ||  // ACK, FIN ACK
                          kind == 0x04 || kind == 0x14;    // RST, RST ACK
    CHECK(reason_of(addressed(tcp()).flags(flags)) ==
          (possible ? DropReason::none : DropReason::tcp_flags));
  }
}

TEST_CASE("well-known probes are impossible segments") {
  CHECK(reason_of(addressed(tcp())) == DropReason::tcp_flags);              // null
  CHECK(reason_of(addressed(tcp().fin())) == DropReason::tcp_flags);        // FIN
  CHECK(reason_of(addressed(tcp().flags(0x29))) == DropReason::tcp_flags);  // xmas
  CHECK(reason_of(addressed(tcp().flags(0xff))) == DropReason::tcp_flags);  // full xmas
  CHECK(reason_of(addressed(tcp().syn().fin())) == DropReason::tcp_flags);
  CHECK(reason_of(addressed(tcp().syn().rst())) == DropReason::tcp_flags);
  CHECK(reason_of(addressed(tcp().fin().rst().ack())) == DropReason::tcp_flags);
}

TEST_CASE("a SYN may ask for ECN and carry data") {
  CHECK(reason_of(addressed(tcp().flags(0xc2).payload("fast open"))) == DropReason::none);
}

TEST_CASE("a middle and a last fragment have addresses but no ports") {
  const std::string text(64, 'x');
  for (const bool more : {true, false}) {
    const Parsed result =
        parse_exactly(addressed(udp().payload(text)).fragment(24, more, 24).padding(8));
    CHECK(result.kind == FrameKind::later_fragment);
    CHECK(result.packet.fragment);
    CHECK(result.packet.source == kRemote);
    CHECK(result.packet.destination == kCluster);
    CHECK(result.packet.protocol == Protocol::udp);
    CHECK(result.packet.source_port == PortNumber{});
    CHECK(result.packet.destination_port == PortNumber{});
    CHECK(result.packet.l4 == 34);
    CHECK(result.packet.end == 34 + 24);
  }
}

TEST_CASE("a first fragment has ports as a whole message") {
  const std::string text(64, 'x');
  for (const PacketBuilder& message : {udp(), tcp().ack(), icmp_echo_request().identifier(7)}) {
    const Parsed result =
        parse_exactly(addressed(PacketBuilder(message).payload(text)).fragment(0, true, 24));
    const Parsed whole = parse_exactly(addressed(PacketBuilder(message).payload(text)));
    CHECK(result.kind == FrameKind::first_fragment);
    CHECK(result.packet.fragment);
    CHECK(result.packet.source_port == whole.packet.source_port);
    CHECK(result.packet.destination_port == whole.packet.destination_port);
    CHECK(result.packet.payload == whole.packet.payload);
    CHECK(result.packet.end == 34 + 24);
  }
}

TEST_CASE("a first fragment without the whole TCP header is dropped, as is what would overwrite it") {
  const PacketBuilder segment = addressed(tcp().ack().tcp_options({1, 1, 1, 1, 1, 1, 1, 1}))
                                    .payload(std::string(64, 'x'));
  CHECK(reason_of(PacketBuilder(segment).fragment(0, true, 8)) == DropReason::tiny_fragment);
  CHECK(reason_of(PacketBuilder(segment).fragment(0, true, 16)) == DropReason::tiny_fragment);
  CHECK(reason_of(PacketBuilder(segment).fragment(0, true, 24)) == DropReason::tiny_fragment);
  CHECK(reason_of(PacketBuilder(segment).fragment(0, true, 32)) == DropReason::none);
  CHECK(reason_of(PacketBuilder(segment).fragment(8, true, 16)) == DropReason::tiny_fragment);
  CHECK(reason_of(PacketBuilder(segment).fragment(16, true, 16)) == DropReason::tiny_fragment);
  CHECK(reason_of(PacketBuilder(segment).fragment(24, true, 16)) == DropReason::none);
}

TEST_CASE("don't-fragment alone makes no fragment") {
  CHECK(parse_exactly(addressed(udp().dont_fragment())).kind == FrameKind::message);
}

TEST_CASE("a fragment that is empty, or odd though more follow, is dropped") {
  const PacketBuilder whole = addressed(udp().payload(std::string(64, 'x')));
  CHECK(reason_of(PacketBuilder(whole).fragment(8, true, 0)) == DropReason::ip_length);
  CHECK(reason_of(PacketBuilder(whole).fragment(8, true, 7)) == DropReason::ip_length);
  CHECK(reason_of(PacketBuilder(whole).fragment(8, true, 9)) == DropReason::ip_length);
  CHECK(reason_of(PacketBuilder(whole).fragment(8, false, 7)) == DropReason::none);
}

TEST_CASE("a fragment that reaches behind the longest datagram is dropped") {
  const PacketBuilder whole = addressed(udp().payload(std::string(0xffff, 'x')));
  constexpr std::size_t kLast = 0x1fff * 8;  // 65528, and 20 of header: 65548 with nothing in it
  CHECK(reason_of(PacketBuilder(whole).fragment(kLast, false, 7)) == DropReason::ip_length);
  CHECK(reason_of(PacketBuilder(whole).fragment(65512, false, 4)) == DropReason::ip_length);
  CHECK(reason_of(PacketBuilder(whole).fragment(65512, false, 3)) == DropReason::none);
}

TEST_CASE("a fragment of another protocol is of the other kind, and a fragment") {
  const Parsed result =
      parse_exactly(addressed(other_protocol(50).payload("0123456789")).fragment(0, true, 8));
  CHECK(result.kind == FrameKind::other);
  CHECK(result.packet.fragment);
}

TEST_CASE("ARP requests and replies are recognised, padded or not") {
  for (const PacketBuilder& builder : {arp_request(), arp_reply()}) {
    for (const std::size_t padding : {0U, 18U}) {
      const Parsed result = parse_exactly(addressed(builder).padding(padding));
      CHECK(result.kind == FrameKind::arp);
      CHECK(result.packet.l3 == 14);
    }
  }
}

TEST_CASE("an ARP packet cut at any byte is dropped") {
  for (std::size_t kept = 0; kept < 42; ++kept) {
    CHECK(reason_of(addressed(arp_request()).truncate(kept)) == DropReason::frame_truncated);
  }
}

TEST_CASE("ARP for anything but IPv4 over Ethernet is dropped") {
  for (const std::size_t offset : {0U, 1U, 2U, 3U, 4U, 5U}) {
    Frame frame = addressed(arp_request()).build(0);
    frame.data()[14 + offset] ^= std::byte{1};
    Packet packet = as_packet(frame);
    CHECK(parse(packet) == FrameKind::bad);
    CHECK(packet.reason == DropReason::frame_truncated);
  }
}

TEST_CASE("whatever bytes arrive, offsets stay in order and within the frame") {
  std::mt19937 random(6);
  const std::vector<PacketBuilder> kinds{
      addressed(tcp().ack(1).tcp_options({1, 1, 1, 1}).payload("payload")),
      addressed(udp().ip_options({1, 1, 1, 1}).payload("payload")), addressed(icmp_echo_request()),
      addressed(arp_request())};
  std::size_t wrong = 0;
  for (int round = 0; round < 200'000; ++round) {
    Frame frame = kinds[random() % kinds.size()].build(0);
    for (auto changes = random() % 4; changes != 0; --changes) {
      frame.data()[12 + random() % (frame.size() - 12)] = static_cast<std::byte>(random() & 0xff);
    }
    Packet packet = as_packet(frame);
    packet.ip_checksum_verified = random() % 4 != 0;
    const FrameKind kind = parse(packet);
    const bool in_order = packet.l3 == 14 && packet.l4 >= 34 && packet.payload >= packet.l4 &&
                          packet.end >= packet.payload && packet.length >= packet.end;
    const bool datagram = kind != FrameKind::bad && kind != FrameKind::arp;
    if (datagram && !in_order) ++wrong;
    if ((kind == FrameKind::bad) != (packet.verdict == Verdict::drop)) ++wrong;
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace encluster::net
