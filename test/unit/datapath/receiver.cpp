#include "datapath/receiver.hpp"

#include <rte_mbuf.h>

#include <catch2/catch.hpp>

#include "datapath/packet_from_mbuf.hpp"
#include "ring_device.hpp"
#include "test_eal.hpp"

namespace encluster::datapath {
namespace {

void free_all(std::span<Packet> burst) {
  for (const Packet& packet : burst) rte_pktmbuf_free(&buffer_of(packet));
}

struct Bench {
  NoBufferLost checked;
  StartedPorts ports;
  switching::Counters counters;
  RingDevice network{kNetworkDevice};
  RingDevice interconnect{kInterconnectDevice};
  Receiver receiver{counters};
};

TEST_CASE("a received frame becomes a packet of its side") {
  Bench bench;
  bench.network.feed(Bytes(60, std::byte{1}));
  const auto outside = bench.receiver.from_network(test_devices().ports().at(0), 0, 3);
  REQUIRE(outside.size() == 1);
  CHECK(outside[0].origin == Origin::network);
  CHECK(outside[0].network == 3);
  CHECK(outside[0].length == 60);
  CHECK(outside[0].capacity >= 1518);
  CHECK(outside[0].frame[59] == std::byte{1});
  CHECK(outside[0].verdict == Verdict::pending);
  CHECK_FALSE(outside[0].ip_checksum_verified);
  free_all(outside);
  bench.interconnect.feed(Bytes(61));
  const auto inside = bench.receiver.from_interconnect(test_devices().ports().at(kInterconnect), 0);
  REQUIRE(inside.size() == 1);
  CHECK(inside[0].origin == Origin::interconnect);
  free_all(inside);
}

TEST_CASE("received packets and bytes are counted by side") {
  Bench bench;
  for (int i = 0; i < 40; ++i) bench.network.feed(Bytes(100));
  NicPort& port = test_devices().ports().at(0);
  const auto first = bench.receiver.from_network(port, 0, 2);
  CHECK(first.size() == kBurst);
  free_all(first);
  const auto second = bench.receiver.from_network(port, 0, 2);
  CHECK(second.size() == 40 - kBurst);
  free_all(second);
  CHECK(bench.receiver.from_network(port, 0, 2).empty());
  CHECK(bench.counters.network_received[2].packets.value() == 40);
  CHECK(bench.counters.network_received[2].bytes.value() == 4000);
}

TEST_CASE("a frame from the kernel belongs to the side of its TAP") {
  Bench bench;
  Doorbell doorbell;
  LocalPath path(doorbell);
  REQUIRE(path.give({make_buffer(Bytes(60)), Egress{2}}));
  REQUIRE(path.give({make_buffer(Bytes(60)), kInterconnect}));
  const auto burst = bench.receiver.from_kernel(path);
  REQUIRE(burst.size() == 2);
  CHECK(burst[0].origin == Origin::local_network);
  CHECK(burst[0].network == 2);
  CHECK(burst[1].origin == Origin::local_interconnect);
  free_all(burst);
}

TEST_CASE("the device's word on the IP checksum is taken only if it is good") {
  const NoBufferLost checked;
  rte_mbuf* const buffer = make_buffer(Bytes(60));
  Packet packet;
  for (const std::uint64_t flags : std::initializer_list<std::uint64_t>{
           RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, RTE_MBUF_F_RX_IP_CKSUM_BAD,
           RTE_MBUF_F_RX_IP_CKSUM_NONE}) {
    buffer->ol_flags = flags;
    CHECK(describe(*buffer, packet, kUntagged) == DropReason::none);
    CHECK_FALSE(packet.ip_checksum_verified);
  }
  buffer->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
  CHECK(describe(*buffer, packet, kUntagged) == DropReason::none);
  CHECK(packet.ip_checksum_verified);
  rte_pktmbuf_free(buffer);
}

TEST_CASE("a chained frame is joined if it fits, and dropped by name if not") {
  const NoBufferLost checked;
  rte_mbuf* const whole = make_buffer(Bytes(1000, std::byte{1}));
  REQUIRE(rte_pktmbuf_chain(whole, make_buffer(Bytes(514, std::byte{2}))) == 0);
  Packet packet;
  CHECK(describe(*whole, packet, kUntagged) == DropReason::none);
  CHECK(packet.length == 1514);
  CHECK(packet.frame[1513] == std::byte{2});
  rte_pktmbuf_free(whole);
  rte_mbuf* const jumbo = make_buffer(Bytes(2000));
  REQUIRE(rte_pktmbuf_chain(jumbo, make_buffer(Bytes(2000))) == 0);
  CHECK(describe(*jumbo, packet, kUntagged) == DropReason::oversized);
  rte_pktmbuf_free(jumbo);
}

TEST_CASE("what another worker hands over is taken as it is, without its tag") {
  Bench bench;
  HandoffRing ring(4);
  rte_mbuf* const buffer = make_buffer(Bytes(60, std::byte{1}));
  buffer->ol_flags = RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_IP_CKSUM_GOOD;
  buffer->vlan_tci = 7;
  REQUIRE(ring.push({buffer, 3}));
  const auto burst = bench.receiver.from_worker(ring, Side::outside);
  REQUIRE(burst.size() == 1);
  CHECK(burst[0].origin == Origin::network);
  CHECK(burst[0].network == 3);
  CHECK(burst[0].length == 60);
  CHECK(burst[0].ip_checksum_verified);
  free_all(burst);
  CHECK(bench.receiver.from_worker(ring, Side::inside).empty());
}

}  // namespace
}  // namespace encluster::datapath
