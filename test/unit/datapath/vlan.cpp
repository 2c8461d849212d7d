#include "datapath/vlan.hpp"

#include <rte_mbuf.h>

#include <catch2/catch.hpp>
#include <initializer_list>

#include "datapath/packet_from_mbuf.hpp"
#include "datapath/receiver.hpp"
#include "datapath/transmit_buffer.hpp"
#include "ring_device.hpp"
#include "test_eal.hpp"

namespace encluster::datapath {
namespace {

constexpr std::uint16_t kVlan = 7;
constexpr std::uint16_t kPriority = 5 << 13;
constexpr std::uint16_t kDropEligible = 1 << 12;

/// 60 bytes that count up, of EtherType 0x0800, behind the tags: each a TPID and a TCI.
Bytes frame(std::initializer_list<std::uint32_t> tags = {}) {
  Bytes bytes(60);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  bytes[12] = std::byte{0x08};
  bytes[13] = std::byte{0x00};
  std::size_t at = 12;
  for (const std::uint32_t tag : tags) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at++),
                   static_cast<std::byte>(tag >> shift & 0xff));
    }
  }
  return bytes;
}

constexpr std::uint32_t tag(std::uint32_t tci) { return 0x81000000 | tci; }

Bytes bytes_of(const Packet& packet) { return {packet.frame, packet.frame + packet.length}; }

/// What describe() makes of a frame by a device of this VLAN: its reason, and the bytes if `none`.
struct Described {
  DropReason reason = DropReason::none;
  Bytes bytes;
};

/// @param beside the tag that the device has taken off and left beside the frame, if any
Described received(const Bytes& bytes, std::uint16_t vlan, int beside = -1) {
  rte_mbuf* const buffer = make_buffer(bytes);
  if (beside >= 0) {
    buffer->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
    buffer->vlan_tci = static_cast<std::uint16_t>(beside);
  }
  Packet packet;
  Described result;
  result.reason = describe(*buffer, packet, vlan);
  if (result.reason == DropReason::none) result.bytes = bytes_of(packet);
  rte_pktmbuf_free(buffer);
  return result;
}

TEST_CASE("a frame of the device's VLAN loses its tag, wherever that is") {
  const NoBufferLost checked;
  for (const std::uint16_t tci : {kVlan, static_cast<std::uint16_t>(kPriority | kVlan),
                                  static_cast<std::uint16_t>(kDropEligible | kVlan)}) {
    CHECK(received(frame({tag(tci)}), kVlan).bytes == frame());
    CHECK(received(frame(), kVlan, tci).bytes == frame());
  }
}

TEST_CASE("a frame of another VLAN is dropped by name") {
  const NoBufferLost checked;
  for (const std::uint16_t other : {std::uint16_t{8}, std::uint16_t{0xfff}}) {
    CHECK(received(frame({tag(other)}), kVlan).reason == DropReason::vlan);
    CHECK(received(frame(), kVlan, other).reason == DropReason::vlan);
  }
}

TEST_CASE("a tagged frame on a network without VLAN is dropped by name") {
  const NoBufferLost checked;
  CHECK(received(frame({tag(kVlan)}), kUntagged).reason == DropReason::vlan);
  CHECK(received(frame(), kUntagged, kVlan).reason == DropReason::vlan);
}

TEST_CASE("an untagged frame on a network with a VLAN is dropped by name") {
  const NoBufferLost checked;
  CHECK(received(frame(), kVlan).reason == DropReason::vlan_missing);
}

TEST_CASE("a tag that has a priority only counts as none") {
  const NoBufferLost checked;
  CHECK(received(frame({tag(kPriority)}), kUntagged).bytes == frame());
  CHECK(received(frame(), kUntagged, kPriority).bytes == frame());
  CHECK(received(frame({tag(kPriority)}), kVlan).reason == DropReason::vlan_missing);
  CHECK(received(frame(), kVlan, kPriority).reason == DropReason::vlan_missing);
}

TEST_CASE("of two tags the second is left for the parser, which refuses it") {
  const NoBufferLost checked;
  CHECK(received(frame({tag(kVlan), tag(kVlan)}), kVlan).bytes == frame({tag(kVlan)}));
  CHECK(received(frame({tag(kVlan)}), kVlan, kVlan).bytes == frame({tag(kVlan)}));
  CHECK(received(frame({tag(0), tag(kVlan)}), kUntagged).bytes == frame({tag(kVlan)}));
}

TEST_CASE("two tags that the device took off are refused") {
  const NoBufferLost checked;
  rte_mbuf* const buffer = make_buffer(frame());
  buffer->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED;
  buffer->vlan_tci = kVlan;
  CHECK(take_tag_off(*buffer, kVlan) == DropReason::vlan);
  rte_pktmbuf_free(buffer);
}

TEST_CASE("a frame that ends inside its tag is left to the parser") {
  const NoBufferLost checked;
  for (const std::size_t length : {std::size_t{0}, std::size_t{13}, std::size_t{17}}) {
    Bytes cut = frame({tag(kVlan)});
    cut.resize(length);
    CHECK(received(cut, kUntagged).bytes == cut);
    CHECK(received(cut, kVlan).reason == DropReason::vlan_missing);
  }
}

TEST_CASE("a tag needs room in front of the frame") {
  const NoBufferLost checked;
  rte_mbuf* const buffer = make_buffer(frame());
  REQUIRE(rte_pktmbuf_prepend(buffer, RTE_PKTMBUF_HEADROOM - 3) != nullptr);
  CHECK_FALSE(put_tag_on(*buffer, kVlan));
  rte_pktmbuf_free(buffer);
}

/// A device on a VLAN.
struct Bench {
  Bench() { port.start(); }

  NoBufferLost checked;
  NicPort port{{"net_ring20", 1500, kVlan}, {}, test_pool()};
  RingDevice far_end{"net_ring20"};
  switching::Counters counters;
};

TEST_CASE("what a device on a VLAN sends has its tag, with priority 0") {
  Bench bench;
  switching::Traffic sent;
  switching::Counter lost;
  TransmitBuffer transmit(bench.port, 0, sent, lost);
  transmit.add(*make_buffer(frame()));
  transmit.add(*make_buffer(Bytes(1514)));
  transmit.flush();
  CHECK(bench.far_end.sent() == frame({tag(kVlan)}));
  CHECK(bench.far_end.sent()->size() == 1518);
  CHECK(sent.packets.value() == 2);
  CHECK(sent.bytes.value() == 64 + 1518);
  CHECK(lost.value() == 0);
}

TEST_CASE("a frame without room for the tag is freed and counted") {
  Bench bench;
  switching::Traffic sent;
  switching::Counter lost;
  TransmitBuffer transmit(bench.port, 0, sent, lost);
  rte_mbuf* const buffer = make_buffer(frame());
  REQUIRE(rte_pktmbuf_prepend(buffer, RTE_PKTMBUF_HEADROOM) != nullptr);
  transmit.add(*buffer);
  transmit.flush();
  CHECK_FALSE(bench.far_end.sent());
  CHECK(lost.value() == 1);
  CHECK(sent.packets.value() == 0);
}

TEST_CASE("a device on a VLAN hands over its own frames without tag, and counts the others") {
  Bench bench;
  Receiver receiver(bench.counters);
  bench.far_end.feed(frame({tag(kVlan)}));
  bench.far_end.feed(frame());
  bench.far_end.feed(frame({tag(8)}));
  const auto burst = receiver.from_network(bench.port, 0, 0);
  REQUIRE(burst.size() == 1);
  CHECK(bytes_of(burst[0]) == frame());
  CHECK(bench.counters.drops[static_cast<std::size_t>(DropReason::vlan)].value() == 1);
  CHECK(bench.counters.drops[static_cast<std::size_t>(DropReason::vlan_missing)].value() == 1);
  rte_pktmbuf_free(&buffer_of(burst[0]));
}

TEST_CASE("a frame on a VLAN is as long as the MTU allows without its tag") {
  Bench bench;
  CHECK(bench.port.max_frame() == 1514);
}

}  // namespace
}  // namespace encluster::datapath
