#include "datapath/dispatcher.hpp"

#include <rte_mbuf.h>

#include <array>
#include <catch2/catch.hpp>

#include "ring_device.hpp"
#include "test_eal.hpp"

namespace encluster::datapath {
namespace {

/// Describes a buffer as the pipeline leaves it.
Packet packet_of(rte_mbuf* buffer, Verdict verdict, Egress egress = 0) {
  Packet packet;
  packet.frame = rte_pktmbuf_mtod(buffer, std::byte*);
  packet.handle = buffer;
  packet.length = buffer->data_len;
  packet.capacity = rte_pktmbuf_tailroom(buffer);
  packet.verdict = verdict;
  packet.egress = egress;
  return packet;
}

Packet make_packet(std::size_t length, Verdict verdict, Egress egress = 0) {
  return packet_of(make_buffer(Bytes(length, std::byte{9})), verdict, egress);
}

struct Bench {
  void dispatch(const Packet& packet) {
    Packet copy = packet;
    dispatcher.dispatch(std::span(&copy, 1));
  }
  [[nodiscard]] std::uint64_t drops(DropReason reason) const {
    return counters.drops[static_cast<std::size_t>(reason)].value();
  }

  NoBufferLost checked;
  StartedPorts ports;
  switching::Counters counters;
  Doorbell doorbell;
  LocalPath local{doorbell};
  RingDevice network{kNetworkDevice};
  RingDevice interconnect{kInterconnectDevice};
  Dispatcher dispatcher{0, test_devices().ports(), local, counters};
};

TEST_CASE("a forwarded packet leaves by its device, as long as it has become") {
  Bench bench;
  Packet grown = make_packet(60, Verdict::forward, kInterconnect);
  grown.length = 70;
  bench.dispatch(grown);
  bench.dispatch(make_packet(80, Verdict::forward, 0));
  CHECK(bench.network.sent() == std::nullopt);
  bench.dispatcher.flush();
  CHECK(bench.interconnect.sent()->size() == 70);
  CHECK(bench.network.sent()->size() == 80);
  CHECK(bench.counters.interconnect_sent.packets.value() == 1);
  CHECK(bench.counters.interconnect_sent.bytes.value() == 70);
  CHECK(bench.counters.network_sent[0].packets.value() == 1);
  CHECK(bench.counters.network_sent[0].bytes.value() == 80);
}

TEST_CASE("more packets than a burst leave in their order") {
  Bench bench;
  for (std::size_t i = 0; i < 100; ++i) bench.dispatch(make_packet(60 + i, Verdict::forward, 0));
  bench.dispatcher.flush();
  for (std::size_t i = 0; i < 100; ++i) CHECK(bench.network.sent()->size() == 60 + i);
  CHECK(bench.counters.network_sent[0].packets.value() == 100);
}

TEST_CASE("an answer is sent, and counted as a drop where it refuses") {
  Bench bench;
  bench.dispatch(make_packet(60, Verdict::answer, 0));
  Packet refusal = make_packet(60, Verdict::answer, 0);
  refusal.reason = DropReason::no_connection;
  bench.dispatch(refusal);
  bench.dispatcher.flush();
  CHECK(bench.network.sent());
  CHECK(bench.network.sent());
  CHECK(bench.drops(DropReason::no_connection) == 1);
  CHECK(bench.drops(DropReason::none) == 0);
}

TEST_CASE("a dropped packet is freed and counted under its reason") {
  Bench bench;
  Packet packet = make_packet(60, Verdict::pending);
  packet.drop(DropReason::spoofed_source);
  bench.dispatch(packet);
  CHECK(bench.drops(DropReason::spoofed_source) == 1);
}

TEST_CASE("a held packet is left to the pipeline") {
  Bench bench;
  const Packet packet = make_packet(60, Verdict::hold);
  bench.dispatch(packet);
  bench.dispatcher.flush();
  CHECK(bench.network.sent() == std::nullopt);
  rte_pktmbuf_free(static_cast<rte_mbuf*>(packet.handle));
}

TEST_CASE("a local packet goes to the TAP of the side it came from") {
  Bench bench;
  for (const auto& [origin, tap] :
       {std::pair{Origin::network, Egress{0}}, std::pair{Origin::interconnect, kInterconnect},
        std::pair{Origin::local_network, Egress{0}},
        std::pair{Origin::local_interconnect, kInterconnect}}) {
    Packet packet = make_packet(60, Verdict::local);
    packet.origin = origin;
    bench.dispatch(packet);
    std::array<LocalFrame, 2> frames{};
    REQUIRE(bench.local.take(frames) == 1);
    CHECK(frames[0].tap == tap);
    rte_pktmbuf_free(frames[0].buffer);
  }
}

TEST_CASE("an answer that refuses the kernel's own packet is counted as a drop") {
  Bench bench;
  Packet refusal = make_packet(60, Verdict::local);
  refusal.reason = DropReason::foreign_slice;
  bench.dispatch(refusal);
  CHECK(bench.drops(DropReason::foreign_slice) == 1);
  std::array<LocalFrame, 1> frames{};
  REQUIRE(bench.local.take(frames) == 1);
  rte_pktmbuf_free(frames[0].buffer);
}

TEST_CASE("the kernel is woken once for all local packets of a round") {
  Bench bench;
  bench.doorbell.expect_ring();
  bench.dispatch(make_packet(60, Verdict::local));
  bench.dispatch(make_packet(60, Verdict::local));
  bench.dispatcher.flush();
  CHECK_FALSE(bench.local.nothing_to_take());
}

TEST_CASE("a local packet that finds the ring full is dropped by name") {
  Bench bench;
  for (std::size_t i = 0; i < LocalPath::kFrames + 2; ++i) {
    bench.dispatch(make_packet(60, Verdict::local));
  }
  CHECK(bench.drops(DropReason::local_full) == 2);
}

TEST_CASE("a frame longer than the device's MTU allows is dropped by name") {
  Bench bench;
  bench.dispatch(make_packet(1514, Verdict::forward, 0));
  bench.dispatch(make_packet(1515, Verdict::forward, 0));
  bench.dispatcher.flush();
  CHECK(bench.network.sent()->size() == 1514);
  CHECK(bench.network.sent() == std::nullopt);
  CHECK(bench.drops(DropReason::oversized) == 1);
}

TEST_CASE("what a device does not take is freed and counted") {
  Bench bench;
  constexpr std::size_t kTooMany = 1100;  // a ring device takes 1023
  for (std::size_t i = 0; i < kTooMany; ++i) bench.dispatch(make_packet(60, Verdict::forward, 0));
  bench.dispatcher.flush();
  const std::uint64_t sent = bench.counters.network_sent[0].packets.value();
  CHECK(sent < kTooMany);
  CHECK(bench.drops(DropReason::transmit_full) == kTooMany - sent);
  CHECK(bench.counters.network_sent[0].bytes.value() == 60 * sent);
}

}  // namespace
}  // namespace encluster::datapath
