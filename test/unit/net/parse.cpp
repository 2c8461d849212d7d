#include "net/parse.hpp"

#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "support/packet_builder.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

constexpr Ipv4Address kRemote(198, 51, 100, 9);
constexpr Ipv4Address kCluster(192, 0, 2, 1);

PacketBuilder segment() { return tcp().from(kRemote, 40000).to(kCluster, 513).ack(1); }
PacketBuilder datagram() { return udp().from(kRemote, 700).to(kCluster, 2049); }

/// Why a frame is dropped; `none` if it is not. Without tailroom, so that a sanitizer sees any byte
/// read behind the frame.
DropReason reason_of(const PacketBuilder& builder) {
  Frame frame = builder.build(0);
  Packet packet = as_packet(frame);
  const bool bad = parse(packet) == FrameKind::bad;
  CHECK(bad == (packet.verdict == Verdict::drop));
  CHECK(bad == (packet.reason != DropReason::none));
  return packet.reason;
}

TEST_CASE("a TCP segment is parsed into offsets, addresses, ports and flags") {
  Frame frame = segment().psh().payload("ls\n").build(0);
  Packet packet = as_packet(frame);
  REQUIRE(parse(packet) == FrameKind::message);
  CHECK(packet.l3 == 14);
  CHECK(packet.l4 == 34);
  CHECK(packet.payload == 54);
  CHECK(packet.end == 57);
  CHECK(packet.source == kRemote);
  CHECK(packet.destination == kCluster);
  CHECK(packet.source_port == PortNumber(40000));
  CHECK(packet.destination_port == PortNumber(513));
  CHECK(packet.protocol == Protocol::tcp);
  CHECK(packet.tcp_flags == (tcp_flag::ack | tcp_flag::psh));
  CHECK_FALSE(packet.fragment);
  CHECK(packet.verdict == Verdict::pending);
}

TEST_CASE("a UDP datagram is parsed, and its end is that of the IP datagram") {
  Frame frame = datagram().payload("call and more").udp_length(8 + 4).build(0);
  Packet packet = as_packet(frame);
  REQUIRE(parse(packet) == FrameKind::message);
  CHECK(packet.payload == 42);
  CHECK(packet.end == 55);
  CHECK(packet.source_port == PortNumber(700));
  CHECK(packet.destination_port == PortNumber(2049));
  CHECK(packet.protocol == Protocol::udp);
}

TEST_CASE("an echo's identifier stands in both ports") {
  for (PacketBuilder builder : {icmp_echo_request(), icmp_echo_reply()}) {
    Frame frame = builder.from(kRemote).to(kCluster).identifier(4711).build(0);
    Packet packet = as_packet(frame);
    REQUIRE(parse(packet) == FrameKind::message);
    CHECK(packet.source_port == PortNumber(4711));
    CHECK(packet.destination_port == PortNumber(4711));
    CHECK(packet.payload == 42);
  }
}

TEST_CASE("ICMP other than echo has no ports") {
  Frame frame = icmp_error(icmp_type::time_exceeded, 0, segment().build()).identifier(9).build(0);
  Packet packet = as_packet(frame);
  packet.source_port = packet.destination_port = PortNumber(1);
  REQUIRE(parse(packet) == FrameKind::message);
  CHECK(packet.source_port == PortNumber{});
  CHECK(packet.destination_port == PortNumber{});
}

TEST_CASE("padding is not part of the datagram") {
  for (const std::size_t bytes : {1U, 6U, 46U, 1000U}) {
    Frame frame = segment().payload("x").padding(bytes, 0xee).build(0);
    Packet packet = as_packet(frame);
    REQUIRE(parse(packet) == FrameKind::message);
    CHECK(packet.end == 55);
    CHECK(packet.length == 55 + bytes);
    CHECK(packet.payload_bytes().size() == 1);
  }
}

TEST_CASE("IP and TCP options of every length are stepped over") {
  for (std::uint8_t ip = 0; ip <= 40; ip = static_cast<std::uint8_t>(ip + 4)) {
    for (std::uint8_t tcp = 0; tcp <= 40; tcp = static_cast<std::uint8_t>(tcp + 4)) {
      Frame frame = segment()
                        .ip_options(std::vector<std::uint8_t>(ip, 1))
                        .tcp_options(std::vector<std::uint8_t>(tcp, 1))
                        .payload("x")
                        .build(0);
      Packet packet = as_packet(frame);
      REQUIRE(parse(packet) == FrameKind::message);
      CHECK(packet.l4 == 34 + ip);
      CHECK(packet.payload == 54 + ip + tcp);
      CHECK(packet.payload_bytes().size() == 1);
    }
  }
}

TEST_CASE("other Ethernet types have reasons of their own") {
  CHECK(reason_of(segment().ether_type(0x86dd)) == DropReason::ipv6);
  CHECK(reason_of(segment().ether_type(0x8100)) == DropReason::vlan);
  CHECK(reason_of(segment().ether_type(0x88a8)) == DropReason::vlan);
  CHECK(reason_of(segment().ether_type(0x0026)) == DropReason::ethertype);
  CHECK(reason_of(segment().ether_type(0x88cc)) == DropReason::ethertype);
}

TEST_CASE("an IP version other than 4 is dropped") {
  for (const unsigned version : {0U, 5U, 6U, 15U}) {
    Frame frame = segment().build(0);
    frame.data()[14] = static_cast<std::byte>(version << 4 | 5);
    Packet packet = as_packet(frame);
    CHECK(parse(packet) == FrameKind::bad);
    CHECK(packet.reason == DropReason::ip_version);
  }
}

TEST_CASE("an IP header shorter than 20 bytes, or longer than the frame, is dropped") {
  for (unsigned words = 0; words < 16; ++words) {
    Frame frame = datagram().build(0);
    frame.data()[14] = static_cast<std::byte>(0x40 | words);
    Packet packet = as_packet(frame);
    packet.ip_checksum_verified = true;
    const FrameKind kind = parse(packet);
    if (words < 5 || words > 7) {
      CHECK(kind == FrameKind::bad);
      CHECK(packet.reason == DropReason::ip_header);
    }
  }
}

TEST_CASE("a wrong IP header checksum is dropped unless the device has checked it") {
  CHECK(reason_of(segment().corrupt_ip_checksum()) == DropReason::ip_checksum);
  CHECK(reason_of(segment().ip_options({1, 1, 1}).corrupt_ip_checksum()) ==
        DropReason::ip_checksum);
  Frame frame = segment().corrupt_ip_checksum().build(0);
  Packet packet = as_packet(frame);
  packet.ip_checksum_verified = true;
  CHECK(parse(packet) == FrameKind::message);
}

TEST_CASE("a wrong transport checksum is the receiver's to notice") {
  CHECK(reason_of(segment().corrupt_checksum()) == DropReason::none);
  CHECK(reason_of(datagram().corrupt_checksum()) == DropReason::none);
}

TEST_CASE("a total length shorter than the header or longer than the frame is dropped") {
  CHECK(reason_of(datagram().total_length(0)) == DropReason::ip_length);
  CHECK(reason_of(datagram().total_length(19)) == DropReason::ip_length);
  CHECK(reason_of(datagram().total_length(20)) == DropReason::udp_header);
  CHECK(reason_of(datagram().total_length(28)) == DropReason::none);
  CHECK(reason_of(datagram().total_length(29)) == DropReason::ip_length);
  CHECK(reason_of(datagram().total_length(29).padding(1)) == DropReason::none);
  CHECK(reason_of(datagram().total_length(0xffff)) == DropReason::ip_length);
}

TEST_CASE("protocols other than TCP, UDP and ICMP have addresses but no ports") {
  for (const auto number : std::initializer_list<std::uint8_t>{0, 2, 4, 41, 47, 50, 132, 255}) {
    Frame frame = other_protocol(number).from(kRemote).to(kCluster).payload("0123").build(0);
    Packet packet = as_packet(frame);
    packet.source_port = packet.destination_port = PortNumber(1);
    CHECK(parse(packet) == FrameKind::other);
    CHECK(packet.source == kRemote);
    CHECK(packet.destination == kCluster);
    CHECK(packet.protocol == Protocol{number});
    CHECK(packet.source_port == PortNumber{});
    CHECK(packet.destination_port == PortNumber{});
    CHECK(packet.l4 == 34);
    CHECK(packet.end == 38);
  }
}

TEST_CASE("a UDP length outside its datagram is dropped") {
  CHECK(reason_of(datagram().payload("1234").udp_length(0)) == DropReason::udp_header);
  CHECK(reason_of(datagram().payload("1234").udp_length(7)) == DropReason::udp_header);
  CHECK(reason_of(datagram().payload("1234").udp_length(8)) == DropReason::none);
  CHECK(reason_of(datagram().payload("1234").udp_length(12)) == DropReason::none);
  CHECK(reason_of(datagram().payload("1234").udp_length(13)) == DropReason::udp_header);
  CHECK(reason_of(datagram().payload("1234").udp_length(13).padding(9)) == DropReason::udp_header);
  CHECK(reason_of(datagram().payload("1234").udp_length(0xffff)) == DropReason::udp_header);
}

TEST_CASE("a TCP data offset outside its datagram is dropped") {
  for (unsigned words = 0; words < 16; ++words) {
    Frame frame = segment().payload("12345678").build(0);
    frame.data()[14 + 20 + 12] = static_cast<std::byte>(words << 4);
    Packet packet = as_packet(frame);
    const FrameKind kind = parse(packet);
    if (words >= 5 && words <= 7) {
      CHECK(kind == FrameKind::message);
      CHECK(packet.payload == 34 + words * 4);
    } else {
      CHECK(kind == FrameKind::bad);
      CHECK(packet.reason == DropReason::tcp_header);
    }
  }
}

TEST_CASE("a port of zero is dropped, except as the source of a UDP datagram") {
  CHECK(reason_of(segment().from(kRemote, 0)) == DropReason::port_zero);
  CHECK(reason_of(segment().to(kCluster, 0)) == DropReason::port_zero);
  CHECK(reason_of(datagram().to(kCluster, 0)) == DropReason::port_zero);
  CHECK(reason_of(datagram().from(kRemote, 0)) == DropReason::none);
}

TEST_CASE("of a packet used again nothing is left over") {
  Frame first = segment().build();
  Frame second = datagram().build();
  Packet packet = parsed(first);
  packet.frame = second.data();
  packet.length = static_cast<std::uint16_t>(second.size());
  packet.fragment = true;
  REQUIRE(parse(packet) == FrameKind::message);
  CHECK(packet.tcp_flags == 0);
  CHECK_FALSE(packet.fragment);
}

}  // namespace
}  // namespace encluster::net
