#include "datapath/worker.hpp"

#include <rte_mbuf.h>

#include <array>
#include <catch2/catch.hpp>
#include <memory_resource>

#include "datapath/worker_handle.hpp"
#include "ring_device.hpp"
#include "support/gateway.hpp"
#include "support/packet_builder.hpp"
#include "switching/compile_snapshot.hpp"
#include "test_eal.hpp"
#include "two_workers.hpp"

namespace encluster::datapath {
namespace {

using namespace encluster::test;

constexpr Seconds kNow = 1000;

/// A worker between two ring devices; the test stands for its thread, the pump and the control
/// thread.
class Bench {
 public:
  Bench() { worker.reader().online(); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() { worker.reader().offline(); }

  template <typename Edit>
  void change(Edit&& edit) {
    edit(state);
    publisher.publish(compiler.compile(state));
  }
  [[nodiscard]] std::uint64_t drops(DropReason reason) const {
    return handle.counters().drops[static_cast<std::size_t>(reason)].value();
  }

  NoBufferLost checked;
  StartedPorts ports;
  switching::ClusterState state = plain_cluster();
  switching::SnapshotCompiler compiler{{}, 1};
  rcu::Publisher<switching::Snapshot> publisher{compiler.compile(state), 1};
  WorkerChannel channel;
  Doorbell doorbell;
  LocalPath local{doorbell};
  RingDevice network{kNetworkDevice};
  RingDevice interconnect{kInterconnectDevice};
  WorkerHandle handle{channel};
  Worker worker{0,
                {Gateway::small_limits(), 0x5eed, {}},
                {test_devices().ports(), test_pool(), publisher, channel, local,
                 *std::pmr::get_default_resource()}};
};

PacketBuilder syn_to(std::uint16_t port) {
  return tcp().macs(mac_of(kRemote), kOutsideMac).from(kRemote, 40000).to(kCluster, port).syn();
}

PacketBuilder answer_from_beta() {
  return tcp()
      .macs(mac_of(kBeta), kInsideMac)
      .from(kBeta, kDatabase)
      .to(kRemote, 40000)
      .syn()
      .ack(1);
}

std::string text(const std::optional<Bytes>& frame) { return frame ? describe(*frame) : "nothing"; }

TEST_CASE("a worker carries a session's packets between a remote and a node") {
  Bench bench;
  bench.network.feed(syn_to(kDatabase).build().bytes());
  CHECK(bench.worker.round(kNow) == 1);
  const auto inbound = bench.interconnect.sent();
  REQUIRE(inbound);
  CHECK(text(inbound) == "192.0.2.101:40000 > 10.77.0.12:5432 TCP S seq 0");
  CHECK(checksums_ok(*inbound));
  CHECK(bench.handle.counters().network_received[0].packets.value() == 1);
  CHECK(bench.handle.counters().interconnect_sent.packets.value() == 1);
  bench.interconnect.feed(answer_from_beta().build().bytes());
  CHECK(bench.worker.round(kNow) == 1);
  const auto outbound = bench.network.sent();
  REQUIRE(outbound);
  CHECK(text(outbound) == "192.0.2.1:5432 > 192.0.2.101:40000 TCP SA seq 0 ack 1");
  CHECK(checksums_ok(*outbound));
}

TEST_CASE("a round without work does nothing") {
  Bench bench;
  CHECK(bench.worker.round(kNow) == 0);
  CHECK(bench.worker.round(kNow + 1) == 0);
  CHECK(bench.network.sent() == std::nullopt);
}

TEST_CASE("a worker takes a burst at a time from each device") {
  Bench bench;
  for (int i = 0; i < 40; ++i) bench.network.feed(syn_to(kDatabase).truncate(20).build().bytes());
  CHECK(bench.worker.round(kNow) == kBurst);
  CHECK(bench.worker.round(kNow) == 8);
}

TEST_CASE("a packet for the gateway itself reaches its kernel unchanged") {
  Bench bench;
  const Frame frame = syn_to(22).build();
  bench.network.feed(frame.bytes());
  bench.worker.round(kNow);
  std::array<LocalFrame, 2> frames{};
  REQUIRE(bench.local.take(frames) == 1);
  CHECK(frames[0].tap == 0);
  const auto* const bytes = rte_pktmbuf_mtod(frames[0].buffer, const std::byte*);
  CHECK(std::equal(frame.bytes().begin(), frame.bytes().end(), bytes));
  rte_pktmbuf_free(frames[0].buffer);
}

TEST_CASE("what the gateway's kernel sends leaves by the network of its TAP") {
  Bench bench;
  const Frame frame = tcp()
                          .macs(kOutsideMac, mac_of(kRemote))
                          .from(kCluster, 22)
                          .to(kRemote, 40000)
                          .syn()
                          .ack(1)
                          .build();
  REQUIRE(bench.local.give({make_buffer(frame.bytes()), Egress{0}}));
  CHECK(bench.worker.round(kNow) == 1);
  CHECK(text(bench.network.sent()) == "192.0.2.1:22 > 192.0.2.101:40000 TCP SA seq 0 ack 1");
}

TEST_CASE("a hostile frame is dropped by name and leaves nothing behind") {
  Bench bench;
  bench.network.feed(syn_to(kDatabase).truncate(20).build().bytes());
  bench.network.feed(syn_to(kDatabase).corrupt_ip_checksum().build().bytes());
  CHECK(bench.worker.round(kNow) == 2);
  CHECK(bench.drops(DropReason::ip_checksum) == 1);
  CHECK(bench.interconnect.sent() == std::nullopt);
}

TEST_CASE("a packet waits for its next hop, and leaves when a snapshot knows it") {
  Bench bench;
  const auto neighbours = bench.state.neighbours;
  bench.change([](auto& state) { state.neighbours.clear(); });
  bench.network.feed(syn_to(kDatabase).build().bytes());
  bench.worker.round(kNow);
  CHECK(bench.interconnect.sent() == std::nullopt);
  std::vector<switching::ResolveNextHop> wanted;
  bench.handle.poll_events(
      {.next_hop = [&](const auto& hop) { wanted.push_back(hop); }, .renumbered = {}});
  REQUIRE(wanted.size() == 1);
  CHECK(wanted[0].egress == kInterconnect);
  CHECK(wanted[0].address == kBeta);
  bench.change([&](auto& state) { state.neighbours = neighbours; });
  bench.worker.round(kNow);
  CHECK(text(bench.interconnect.sent()) == "192.0.2.101:40000 > 10.77.0.12:5432 TCP S seq 0");
}

TEST_CASE("a worker lets go of a replaced snapshot with its next round") {
  Bench bench;
  bench.worker.round(kNow);
  bench.change([](auto& state) { state.nodes[0].draining = true; });
  CHECK(bench.publisher.reclaim() == 1);
  bench.worker.round(kNow);
  CHECK(bench.publisher.reclaim() == 0);
}

TEST_CASE("a worker carries out commands, a few dozen a round") {
  Bench bench;
  std::size_t answers = 0;
  for (std::uint16_t i = 0; i < 40; ++i) {
    const switching::InsertConnection insert{
        {kRemote, PortNumber(std::uint16_t(1000 + i)), PortNumber(kDatabase)},
        NodeId(2),
        PortNumber(kDatabase)};
    REQUIRE(bench.handle.send(insert, [&](const auto& done) { answers += done.done ? 1 : 0; }));
  }
  CHECK(bench.worker.round(kNow) == 32);
  CHECK(bench.worker.round(kNow) == 8);
  CHECK(bench.handle.poll_events({}) == 40);
  CHECK(answers == 40);
}

TEST_CASE("a simulated packet is answered and sent nowhere") {
  Bench bench;
  switching::Simulation simulation;
  const Frame frame = syn_to(kDatabase).build();
  std::copy(frame.bytes().begin(), frame.bytes().end(), simulation.frame.begin());
  simulation.packet.length = static_cast<std::uint16_t>(frame.size());
  bool answered = false;
  REQUIRE(bench.handle.send(switching::SimulatePacket{&simulation},
                            [&](const auto&) { answered = true; }));
  bench.worker.round(kNow);
  bench.handle.poll_events({});
  CHECK(answered);
  CHECK(simulation.packet.verdict == Verdict::forward);
  CHECK(simulation.packet.node == NodeId(2));
  CHECK(bench.interconnect.sent() == std::nullopt);
}

}  // namespace
}  // namespace encluster::datapath
