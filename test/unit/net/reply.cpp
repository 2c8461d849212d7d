#include "net/reply.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "net/headers.hpp"
#include "net/parse.hpp"
#include "support/packet_builder.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

constexpr Ipv4Address kRemote(198, 51, 100, 9);
constexpr Ipv4Address kCluster(192, 0, 2, 1);

PacketBuilder segment() { return tcp().from(kRemote, 40000).to(kCluster, 513); }

std::string hex(const Packet& packet) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : std::span(packet.frame, packet.length)) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{0x0f})];
  }
  return text;
}

/// The parser fields of a packet agree with what parsing its bytes again gives.
bool fields_match_bytes(const Packet& packet) {
  Packet again;
  again.frame = packet.frame;
  again.length = packet.length;
  if (parse(again) != FrameKind::message) return false;
  return again.l3 == packet.l3 && again.l4 == packet.l4 && again.payload == packet.payload &&
         again.end == packet.end && again.source == packet.source &&
         again.destination == packet.destination && again.source_port == packet.source_port &&
         again.destination_port == packet.destination_port && again.protocol == packet.protocol &&
         again.tcp_flags == packet.tcp_flags && again.fragment == packet.fragment;
}

/// The line that describes the RST to a segment, having checked what every reply must satisfy.
std::string reset_to(const PacketBuilder& builder) {
  Frame frame = builder.build(0);
  Packet packet = parsed(frame);
  if (!turn_into_reset(packet)) return "none";
  CHECK(checksums_ok(packet));
  CHECK(fields_match_bytes(packet));
  CHECK(packet.length == kBareSegmentBytes);
  return describe(packet);
}

TEST_CASE("the RST to RFC 9293's half-open ACK is right in every byte") {
  // Figure 9, line 5 is answered by line 6: <SEQ=300><ACK=100><CTL=ACK>, <SEQ=100><CTL=RST>.
  Frame frame = segment().seq(300).ack(100).tcp_options({1, 1, 1, 0}).payload("data").build();
  Packet packet = parsed(frame);
  REQUIRE(turn_into_reset(packet));
  CHECK(hex(packet) ==
        "020000000051"
        "0200000000d2"
        "0800"
        "4500002800004000"
        "40064e92c0000201c6336409"
        "02019c400000006400000000"
        "5004000024fd0000");
}

TEST_CASE("the RST to RFC 9293's SYN is right in every byte") {
  Frame frame = segment().seq(400).syn().build();
  Packet packet = parsed(frame);
  REQUIRE(turn_into_reset(packet));
  CHECK(hex(packet) ==
        "020000000051"
        "0200000000d2"
        "0800"
        "4500002800004000"
        "40064e92c0000201c6336409"
        "02019c400000000000000191"
        "5014000023c00000");
}

TEST_CASE("a RST takes its sequence number from an acknowledgment") {
  const std::string to = "192.0.2.1:513 > 198.51.100.9:40000 TCP ";
  CHECK(reset_to(segment().seq(300).ack(100)) == to + "R seq 100");
  CHECK(reset_to(segment().seq(300).ack(100).payload("data")) == to + "R seq 100");
  CHECK(reset_to(segment().seq(300).ack(100).syn()) == to + "R seq 100");
  CHECK(reset_to(segment().seq(300).ack(100).fin()) == to + "R seq 100");
  CHECK(reset_to(segment().seq(300).ack(0xffffffff)) == to + "R seq 4294967295");
}

TEST_CASE("a RST to what acknowledges nothing acknowledges the segment's length") {
  const std::string to = "192.0.2.1:513 > 198.51.100.9:40000 TCP ";
  CHECK(reset_to(segment().seq(400).syn()) == to + "RA seq 0 ack 401");
  CHECK(reset_to(segment().seq(400).syn().payload("fast")) == to + "RA seq 0 ack 405");
  CHECK(reset_to(segment().seq(400).syn().padding(6)) == to + "RA seq 0 ack 401");
  CHECK(reset_to(segment().seq(0xffffffff).syn()) == to + "RA seq 0 ack 0");
}

TEST_CASE("options of the segment are not part of the RST") {
  CHECK(reset_to(segment().ip_options({1, 1, 1, 1}).tcp_options({2, 4, 5, 0xb4}).syn()) ==
        "192.0.2.1:513 > 198.51.100.9:40000 TCP RA seq 0 ack 1");
}

/// True if the packet can be answered neither by a RST nor by an ICMP error, and stays as it was.
bool never_answered(const PacketBuilder& builder) {
  const Frame before = builder.build();
  Frame frame = before;
  Packet packet = parsed(frame);
  if (packet.protocol == Protocol::tcp && turn_into_reset(packet)) return false;
  return !turn_into_unreachable(packet, kIcmpPortUnreachable, kCluster) && frame == before;
}

TEST_CASE("a RST is not answered by a RST") {
  CHECK(reset_to(segment().rst()) == "none");
  CHECK(reset_to(segment().rst().ack(1)) == "none");
}

TEST_CASE("what is sent to many, or from no single host, is never answered") {
  constexpr MacAddress kUnicast{2, 0, 0, 0, 0, 1};
  constexpr MacAddress kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  constexpr MacAddress kMulticast{1, 0, 0x5e, 0, 0, 1};
  CHECK(never_answered(segment().syn().macs(kUnicast, kBroadcast)));
  CHECK(never_answered(segment().syn().macs(kUnicast, kMulticast)));
  for (const Ipv4Address address :
       {Ipv4Address(0, 0, 0, 0), Ipv4Address(127, 0, 0, 1), Ipv4Address(224, 0, 0, 1),
        Ipv4Address(240, 0, 0, 1), Ipv4Address(255, 255, 255, 255)}) {
    CHECK(never_answered(tcp().from(address, 1).to(kCluster, 2).syn()));
    CHECK(never_answered(tcp().from(kRemote, 1).to(address, 2).syn()));
    CHECK(never_answered(udp().from(address, 1).to(kCluster, 2)));
    CHECK(never_answered(udp().from(kRemote, 1).to(address, 2)));
  }
}

TEST_CASE("ICMP is answered by an ICMP error only if it is an echo") {
  Frame echo = icmp_echo_request().from(kRemote).to(kCluster).identifier(7).build();
  Packet packet = parsed(echo);
  CHECK(turn_into_unreachable(packet, kIcmpPortUnreachable, kCluster));
  for (const auto type : std::initializer_list<std::uint8_t>{3, 4, 5, 11, 12, 13, 42, 255}) {
    CHECK(never_answered(icmp(type).from(kRemote).to(kCluster)));
  }
}

TEST_CASE("an ICMP port unreachable is right in every byte") {
  Frame frame =
      udp().from(kRemote, 700).to(kCluster, 2049).identification(0x1234).payload("call").build();
  Packet packet = parsed(frame);
  REQUIRE(turn_into_unreachable(packet, kIcmpPortUnreachable, kCluster));
  CHECK(hex(packet) ==
        "020000000051"
        "0200000000d2"
        "0800"
        "4500003800004000"
        "40014e87c0000201c6336409"
        "0303b92600000000"
        "4500002012340000"
        "40117c5bc6336409c0000201"
        "02bc0801000c390d");
  CHECK(fields_match_bytes(packet));
}

TEST_CASE("an ICMP error quotes IP options, and comes from whom it is told to") {
  constexpr Ipv4Address kGateway(10, 77, 0, 1);
  for (const auto options : std::initializer_list<std::uint8_t>{0, 4, 40}) {
    PacketBuilder builder = segment().ack(1).payload("data");
    builder.ip_options(std::vector<std::uint8_t>(options, 1));
    const Frame original = builder.build();
    Frame frame = original;
    Packet packet = parsed(frame);
    REQUIRE(turn_into_unreachable(packet, 13, kGateway));
    CHECK(describe(packet) == "10.77.0.1 > 198.51.100.9 ICMP type 3 code 13");
    CHECK(checksums_ok(packet));
    CHECK(fields_match_bytes(packet));
    CHECK(packet.length == 14 + 20 + 8 + 20 + options + 8);
    Frame expected = icmp_error(icmp_type::unreachable, 13, original)
                         .from(kGateway)
                         .to(kRemote)
                         .macs(kBuilderDestinationMac, kBuilderSourceMac)
                         .dont_fragment()
                         .build();
    CHECK(hex(packet) == hex(as_packet(expected)));
  }
}

TEST_CASE("an ICMP error that the buffer cannot hold is not built") {
  constexpr std::size_t kNeeded = 14 + 20 + 8 + 28;
  const PacketBuilder builder = udp().from(kRemote, 700).to(kCluster, 2049);
  const std::size_t length = builder.build().size();
  Frame small = builder.build(kNeeded - length - 1);
  Packet packet = parsed(small);
  CHECK_FALSE(turn_into_unreachable(packet, kIcmpPortUnreachable, kCluster));
  CHECK(small == builder.build());
  Frame enough = builder.build(kNeeded - length);
  packet = parsed(enough);
  CHECK(turn_into_unreachable(packet, kIcmpPortUnreachable, kCluster));
  CHECK(checksums_ok(packet));
}

TEST_CASE("a segment is written into an empty buffer with all it says") {
  std::vector<std::byte> buffer(kBareSegmentBytes, std::byte{0xee});
  Packet packet;
  packet.frame = buffer.data();
  packet.capacity = kBareSegmentBytes;
  const BareSegment segment_to_write{.source_mac = kBuilderSourceMac,
                                     .destination_mac = kBuilderDestinationMac,
                                     .source = kCluster,
                                     .destination = kRemote,
                                     .source_port = PortNumber(513),
                                     .destination_port = PortNumber(1023),
                                     .sequence = 5,
                                     .acknowledgment = 9,
                                     .window = 1024,
                                     .flags = tcp_flag::ack};
  write_segment(packet, segment_to_write);
  Frame expected = tcp()
                       .from(kCluster, 513)
                       .to(kRemote, 1023)
                       .seq(5)
                       .ack(9)
                       .window(1024)
                       .dont_fragment()
                       .build();
  CHECK(hex(packet) == hex(as_packet(expected)));
  CHECK(fields_match_bytes(packet));
}

}  // namespace
}  // namespace encluster::net
