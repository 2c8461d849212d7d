// Every thread of the data path at once. Most is found here by the thread sanitizer: see
// CONTRIBUTING.md.
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <string>
#include <thread>

#include "datapath/tap_pump.hpp"
#include "support/packet_builder.hpp"
#include "thread_sanitizer.hpp"
#include "two_workers.hpp"

namespace encluster::datapath {
namespace {

using namespace encluster::test;

constexpr std::size_t kFrames = 6000;
constexpr std::size_t kUnderWay = 256;  ///< at most, so that no ring is ever full

/// A device whose ends are apart: one queue is received, and two, one a worker, are sent.
class TwoEndedDevice {
 public:
  explicit TwoEndedDevice(const std::string& name, RemoteField remote, std::uint16_t first)
      : rings_{make(name + "r"), make(name + "s0"), make(name + "s1")}, name_("net_ring_" + name) {
    rte_ring* const sent[] = {rings_[1], rings_[2]};
    REQUIRE(rte_eth_from_rings(name.c_str(), &rings_[0], 1, sent, 2, 0) >= 0);
    port = std::make_unique<NicPort>(DeviceSettings{name_}, QueueLayout{2, remote, first},
                                     test_pool());
    std::uint16_t id = 0;
    REQUIRE(rte_eth_dev_get_port_by_name(name_.c_str(), &id) == 0);
    explain_device(id, 1, 2);
    port->start();
  }
  TwoEndedDevice(const TwoEndedDevice&) = delete;
  TwoEndedDevice& operator=(const TwoEndedDevice&) = delete;
  ~TwoEndedDevice() {
    port.reset();
    for (rte_ring* ring : rings_) {
      while (rte_mbuf* buffer = next(ring)) rte_pktmbuf_free(buffer);
      rte_ring_free(ring);
    }
  }

  void feed(std::span<const std::byte> frame) {
    rte_mbuf* const buffer = make_buffer(frame);
    released(buffer);
    REQUIRE(rte_ring_enqueue(rings_[0], buffer) == 0);
  }
  /// Takes what was sent. @return how many frames
  std::size_t drain() {
    std::size_t count = 0;
    for (rte_ring* ring : {rings_[1], rings_[2]}) {
      for (; rte_mbuf* buffer = next(ring); ++count) rte_pktmbuf_free(buffer);
    }
    return count;
  }

  std::unique_ptr<NicPort> port;

 private:
  static rte_ring* make(const std::string& name) {
    rte_ring* const ring = rte_ring_create(name.c_str(), 1024, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
    REQUIRE(ring != nullptr);
    return ring;
  }
  static rte_mbuf* next(rte_ring* ring) {
    void* item = nullptr;
    if (rte_ring_dequeue(ring, &item) != 0) return nullptr;
    acquired(item);
    return static_cast<rte_mbuf*>(item);
  }

  std::array<rte_ring*, 3> rings_;
  std::string name_;
};

/// Both TAPs of the gateway, and the kernel behind them.
struct FakeTaps {
  FakeTaps() {
    for (auto& pair : ends) {
      REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair.data()) == 0);
    }
  }
  FakeTaps(const FakeTaps&) = delete;
  FakeTaps& operator=(const FakeTaps&) = delete;
  ~FakeTaps() {
    for (const auto& pair : ends) {
      for (const int fd : pair) close(fd);
    }
  }
  std::array<std::array<int, 2>, 2> ends{};
};

/// A gateway of two workers and a pump on threads; the test is the world and the control thread.
class Gateway2 {
 public:
  Gateway2() {
    ports.networks.push_back(std::move(network.port));
    ports.interconnect = std::move(interconnect.port);
    for (const WorkerId id : std::array<WorkerId, 2>{0, 1}) {
      workers.push_back(std::make_unique<Worker>(
          id, WorkerSettings{test::Gateway::small_limits(), 1, {IdleMode::pause, {}}},
          WorkerParts{ports, test_pool(), publisher, channels[id], paths[id],
                      *std::pmr::get_default_resource(), &handoff}));
    }
    threads.emplace_back([this] { pump.run(); });
    for (const auto& worker : workers) {
      threads.emplace_back([&worker] {
        static_cast<void>(rte_thread_register());
        worker->run();
        rte_thread_unregister();
      });
    }
  }
  Gateway2(const Gateway2&) = delete;
  Gateway2& operator=(const Gateway2&) = delete;
  ~Gateway2() { stop(); }

  void stop() {
    for (const auto& worker : workers) worker->stop();
    pump.stop();
    for (std::thread& thread : threads) thread.join();
    threads.clear();
    workers.clear();
    ports = {};
  }
  /// Sums a counter over both workers.
  template <typename Field>
  std::uint64_t sum(Field&& field) const {
    return field(channels[0].counters) + field(channels[1].counters);
  }

  TwoEndedDevice network{"outside", RemoteField::source, 0};
  TwoEndedDevice interconnect{"inside", RemoteField::destination, 1};
  Ports ports;
  switching::ClusterState state = plain_cluster();
  switching::SnapshotCompiler compiler{{}, 2};
  rcu::Publisher<switching::Snapshot> publisher{compiler.compile(state), 2};
  std::array<WorkerChannel, 2> channels;
  Doorbell doorbell;
  std::array<LocalPath, 2> paths{LocalPath{doorbell}, LocalPath{doorbell}};
  Handoff handoff{2};
  WorkerGroup group{std::array{&channels[0], &channels[1]}};
  FakeTaps taps;
  TapPump pump{
      {{taps.ends[0][0]}, taps.ends[1][0]}, {&paths[0], &paths[1]}, doorbell, test_pool(), 1514};
  std::vector<std::unique_ptr<Worker>> workers;
  std::deque<std::thread> threads;
};

Frame inbound(std::size_t number, std::uint16_t port) {
  return tcp()
      .macs(mac_of(kRouter), kOutsideMac)
      .from(remote_of(number % 2, number / 2 % 8), 40000)
      .to(kCluster, port)
      .syn()
      .build();
}

/// A connection that needs a claim, from a privileged port.
Frame outbound(std::size_t number) {
  return tcp()
      .macs(mac_of(kAlpha), kInsideMac)
      .from(kAlpha, static_cast<std::uint16_t>(600 + number / 16 % 100))
      .to(remote_of(number % 2, number / 2 % 8), 513)
      .syn()
      .build();
}

Frame from_kernel(std::size_t number) {
  return tcp()
      .macs(kOutsideMac, mac_of(kRouter))
      .from(kCluster, 22)
      .to(remote_of(number % 2, number / 2 % 8), 40000)
      .ack(1)
      .build();
}

/// Sends the number's frame into the gateway: to a node, to a remote, to the kernel, or from it.
void feed(Gateway2& gateway, std::size_t number) {
  switch (number % 4) {
    case 0:
      return gateway.network.feed(inbound(number / 4, kDatabase).bytes());
    case 1:
      return gateway.interconnect.feed(outbound(number / 4).bytes());
    case 2:
      return gateway.network.feed(inbound(number / 4, 22).bytes());
    default:
      const Frame frame = from_kernel(number / 4);
      REQUIRE(write(gateway.taps.ends[0][1], frame.bytes().data(), frame.size()) > 0);
  }
}

std::size_t drain(Gateway2& gateway) {
  std::size_t count = gateway.network.drain() + gateway.interconnect.drain();
  std::array<std::byte, 2048> frame{};
  while (read(gateway.taps.ends[0][1], frame.data(), frame.size()) > 0) ++count;
  return count;
}

TEST_CASE("two workers, the pump and a control thread that publishes lose nothing") {
  const NoBufferLost checked;
  Gateway2 gateway;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::size_t fed = 0;
  std::size_t arrived = 0;
  std::size_t answers = 0;
  while (arrived < kFrames && std::chrono::steady_clock::now() < limit) {
    if (fed < kFrames && fed - arrived < kUnderWay) feed(gateway, fed++);
    arrived += drain(gateway);
    if (fed % 64 != 0) continue;
    gateway.state.nodes[2].draining = !gateway.state.nodes[2].draining;
    gateway.publisher.publish(gateway.compiler.compile(gateway.state));
    static_cast<void>(
        gateway.group.send(switching::ResetNode{NodeId(3)}, [&](const auto&) { ++answers; }));
    gateway.group.poll_events({});
  }
  CHECK(arrived == kFrames);
  CHECK(answers > 0);
  gateway.stop();
  CHECK(gateway.publisher.reclaim() == 0);
  CHECK(gateway.sum([](const auto& counters) { return counters.handed_over.value(); }) >=
        kFrames / 4);
  for (const DropReasonText& text : kDropReasonTexts) {
    INFO(text.name);
    CHECK(gateway.sum([&](const auto& counters) {
      return counters.drops[static_cast<std::size_t>(text.reason)].value();
    }) == 0);
  }
}

}  // namespace
}  // namespace encluster::datapath
