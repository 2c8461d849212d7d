#include "net/rewrite.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "net/parse.hpp"
#include "support/packet_builder.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

constexpr Ipv4Address kRemote(198, 51, 100, 9);
constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr Ipv4Address kNode(10, 77, 0, 11);

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST_CASE("a rewritten TCP destination changes header, checksums and parser fields together") {
  Frame frame = tcp().from(kRemote, 40000).to(kCluster, 513).ack(7).seq(5).payload("ls\n").build();
  Packet packet = parsed(frame);
  rewrite_destination(packet, kNode, PortNumber(1513));
  CHECK(describe(packet) == "198.51.100.9:40000 > 10.77.0.11:1513 TCP A seq 5 ack 7 len 3");
  CHECK(checksums_ok(packet));
  CHECK(packet.destination == kNode);
  CHECK(packet.destination_port == PortNumber(1513));
  CHECK(packet.source == kRemote);
  CHECK(packet.source_port == PortNumber(40000));
}

TEST_CASE("a rewritten TCP source changes header, checksums and parser fields together") {
  Frame frame = tcp().from(kNode, 1023).to(kRemote, 514).syn().seq(5).build();
  Packet packet = parsed(frame);
  rewrite_source(packet, kCluster, PortNumber(1000));
  CHECK(describe(packet) == "192.0.2.1:1000 > 198.51.100.9:514 TCP S seq 5");
  CHECK(checksums_ok(packet));
  CHECK(packet.source == kCluster);
  CHECK(packet.source_port == PortNumber(1000));
  CHECK(packet.destination == kRemote);
  CHECK(packet.destination_port == PortNumber(514));
}

TEST_CASE("a rewrite to the same address and port changes no byte") {
  const Frame before = tcp().from(kRemote, 40000).to(kCluster, 513).syn().build();
  Frame frame = before;
  Packet packet = parsed(frame);
  rewrite_destination(packet, kCluster, PortNumber(513));
  rewrite_source(packet, kRemote, PortNumber(40000));
  CHECK(frame == before);
}

TEST_CASE("a rewrite and its reverse restore every byte") {
  const Frame before = udp().from(kRemote, 700).to(kCluster, 2049).payload("call").build();
  Frame frame = before;
  Packet packet = parsed(frame);
  rewrite_destination(packet, kNode, PortNumber(20049));
  CHECK_FALSE(frame == before);
  rewrite_destination(packet, kCluster, PortNumber(2049));
  CHECK(frame == before);
}

TEST_CASE("headers with options are rewritten in the right place") {
  Frame frame = tcp()
                    .from(kRemote, 40000)
                    .to(kCluster, 513)
                    .syn()
                    .ip_options({0x94, 4, 0, 0})
                    .tcp_options({2, 4, 5, 0xb4})
                    .build();
  Packet packet = parsed(frame);
  rewrite_destination(packet, kNode, PortNumber(1513));
  rewrite_source(packet, kCluster, PortNumber(600));
  CHECK(describe(packet) == "192.0.2.1:600 > 10.77.0.11:1513 TCP S seq 0");
  CHECK(checksums_ok(packet));
}

TEST_CASE("a corrupt transport checksum stays corrupt") {
  for (PacketBuilder builder : {tcp().ack(1), udp(), icmp_echo_request()}) {
    Frame frame = builder.from(kRemote, 700).to(kCluster, 513).corrupt_checksum().build();
    Packet packet = parsed(frame);
    rewrite_destination(packet, kNode, PortNumber(1513));
    rewrite_source(packet, kCluster, PortNumber(600));
    CHECK_FALSE(checksums_ok(packet));
  }
}

TEST_CASE("a corrupt IP header checksum stays corrupt") {
  Frame frame = udp().from(kRemote, 700).to(kCluster, 513).corrupt_ip_checksum().build();
  Packet packet = as_packet(frame);
  packet.ip_checksum_verified = true;
  REQUIRE(parse(packet) == FrameKind::message);
  rewrite_destination(packet, kNode, PortNumber(513));
  CHECK_FALSE(checksums_ok(packet));
}

TEST_CASE("a datagram without UDP checksum is rewritten without one") {
  Frame frame = udp().from(kRemote, 700).to(kCluster, 2049).no_udp_checksum().build();
  Packet packet = parsed(frame);
  rewrite_destination(packet, kNode, PortNumber(20049));
  CHECK(packet.header_at<UdpHeader>(packet.l4).checksum == Be16{});
  CHECK(describe(packet) == "198.51.100.9:700 > 10.77.0.11:20049 UDP len 0");
}

TEST_CASE("a UDP checksum that computes to zero is written as all ones") {
  // The port is chosen so that the words sum up to 0xffff.
  Frame frame = udp().from(kRemote, 700).to(kCluster, 2049).payload("call").build();
  Packet packet = parsed(frame);
  const auto& udp_header = packet.header_at<UdpHeader>(packet.l4);
  const std::uint32_t port = 2049U + udp_header.checksum.host();
  const auto wrapped = static_cast<std::uint16_t>(port % 0xffff);
  rewrite_destination(packet, kCluster, PortNumber(wrapped));
  CHECK(udp_header.checksum == Be16(std::uint16_t{0xffff}));
  CHECK(checksums_ok(packet));
}

TEST_CASE("the identifier of an echo is what its port is rewritten to") {
  Frame frame = icmp_echo_request().from(kNode).to(kRemote).identifier(7).payload("ping").build();
  Packet packet = parsed(frame);
  rewrite_source(packet, kCluster, PortNumber(4711));
  CHECK(describe(packet) == "192.0.2.1 > 198.51.100.9 ICMP echo request id 4711 seq 0");
  CHECK(checksums_ok(packet));
  CHECK(packet.source_port == PortNumber(4711));
  CHECK(packet.destination_port == PortNumber(4711));
  CHECK(packet.source == kCluster);
}

TEST_CASE("an echo reply in which everything becomes zero still verifies") {
  Frame frame = icmp_echo_reply().from(kRemote).to(kCluster).identifier(7).build();
  Packet packet = parsed(frame);
  rewrite_destination(packet, kNode, PortNumber(0));
  CHECK(checksums_ok(packet));
}

TEST_CASE("of ICMP other than echo only the address is rewritten") {
  Frame frame = icmp(13).from(kRemote).to(kCluster).identifier(7).payload("times").build();
  Packet packet = parsed(frame);
  rewrite_destination(packet, kNode, PortNumber(99));
  CHECK(packet.header_at<IcmpHeader>(packet.l4).identifier == Be16(std::uint16_t{7}));
  CHECK(packet.destination_port == PortNumber{});
  CHECK(packet.destination == kNode);
  CHECK(checksums_ok(packet));
}

TEST_CASE("rewritten MAC addresses stand in the Ethernet header") {
  constexpr MacAddress kFrom{2, 1, 1, 1, 1, 1};
  constexpr MacAddress kTo{2, 2, 2, 2, 2, 2};
  Frame frame = udp().from(kRemote, 1).to(kCluster, 2).build();
  Frame expected = udp().from(kRemote, 1).to(kCluster, 2).macs(kFrom, kTo).build();
  Packet packet = as_packet(frame);
  rewrite_macs(packet, kFrom, kTo);
  CHECK(frame == expected);
}

TEST_CASE("payload bytes are replaced at even and odd offsets") {
  const auto message = GENERATE(as<PacketBuilder>(), PacketBuilder(tcp().ack(1)), udp());
  for (std::uint16_t offset = 0; offset <= 6; ++offset) {
    for (std::size_t count = 0; offset + count <= 6; ++count) {
      Frame frame =
          PacketBuilder(message).from(kNode, 1023).to(kRemote, 514).payload("1022\0x").build();
      Packet packet = parsed(frame);
      const std::string before = payload_of(packet);
      const std::string digits = std::string("987654").substr(0, count);
      replace_payload_bytes(packet, offset, bytes_of(digits));
      CHECK(payload_of(packet) == std::string(before).replace(offset, count, digits));
      CHECK(checksums_ok(packet));
    }
  }
}

}  // namespace
}  // namespace encluster::net
