// Incremental checksums against full recomputation by the packet builder's own, plain arithmetic.
#include <array>
#include <catch2/catch.hpp>

#include "net/rewrite.hpp"
#include "support/packet_builder.hpp"
#include "support/random.hpp"

namespace encluster::net {
namespace {

using namespace encluster::test;

TEST_CASE("a million random rewrites equal a full recomputation") {
  Random random(4);
  std::array<PacketBuilder, 5> kinds{tcp().ack(1), tcp().syn().tcp_options({2, 4, 5, 0xb4}), udp(),
                                     udp().no_udp_checksum(), icmp_echo_request()};
  std::size_t differences = 0;
  for (int round = 0; round < 20'000; ++round) {
    PacketBuilder& builder = kinds[random.upto(kinds.size() - 1)];
    builder.payload(random.text(random.upto(9)));
    const PortNumber port = random.port();
    Frame frame = builder.from(random.address(), port)
                      .to(random.address(), port)
                      .identifier(port.value())
                      .build();
    Packet packet = parsed(frame);
    for (int change = 0; change < 25; ++change) {
      rewrite_destination(packet, random.address(), random.port());
      rewrite_source(packet, random.address(), random.port());
      const Frame expected = builder.from(packet.source, packet.source_port)
                                 .to(packet.destination, packet.destination_port)
                                 .identifier(packet.source_port.value())
                                 .build();
      if (!(frame == expected)) ++differences;
    }
  }
  CHECK(differences == 0);
}

TEST_CASE("every UDP port, and so every checksum, equals a full recomputation") {
  constexpr Ipv4Address kRemote(198, 51, 100, 9);
  constexpr Ipv4Address kCluster(192, 0, 2, 1);
  PacketBuilder builder = udp().from(kRemote, 700).payload("call");
  Frame frame = builder.to(kCluster, 1).build();
  Packet packet = parsed(frame);
  std::size_t differences = 0;
  std::size_t all_ones = 0;
  for (std::uint32_t port = 1; port <= 0xffff; ++port) {
    const PortNumber to(static_cast<std::uint16_t>(port));
    rewrite_destination(packet, kCluster, to);
    if (!(frame == builder.to(kCluster, to).build())) ++differences;
    const Be16 checksum = packet.header_at<UdpHeader>(packet.l4).checksum;
    if (checksum == Be16(std::uint16_t{0xffff})) ++all_ones;
  }
  CHECK(differences == 0);
  CHECK(all_ones == 1);
}

TEST_CASE("random payload replacements equal a full recomputation") {
  Random random(5);
  std::string text = random.text(16);
  PacketBuilder builder =
      tcp().from(Ipv4Address(10, 77, 0, 11), 1023).to(Ipv4Address(198, 51, 100, 9), 514).ack(1);
  Frame frame = builder.payload(text).build();
  Packet packet = parsed(frame);
  std::size_t differences = 0;
  for (int change = 0; change < 200'000; ++change) {
    const std::string piece = random.text(random.upto(6));
    const std::size_t offset = random.upto(static_cast<std::uint32_t>(text.size() - piece.size()));
    replace_payload_bytes(packet, static_cast<std::uint16_t>(offset),
                          std::as_bytes(std::span(piece)));
    text.replace(offset, piece.size(), piece);
    if (!(frame == builder.payload(text).build())) ++differences;
  }
  CHECK(differences == 0);
}

}  // namespace
}  // namespace encluster::net
