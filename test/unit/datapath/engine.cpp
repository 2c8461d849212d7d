#include "datapath/engine.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "ring_device.hpp"
#include "support/gateway.hpp"
#include "support/packet_builder.hpp"
#include "switching/compile_snapshot.hpp"
#include "switching/emitter.hpp"
#include "switching/fragment_store.hpp"
#include "switching/hold.hpp"
#include "switching/parked.hpp"
#include "test_eal.hpp"
#include "two_workers.hpp"

namespace encluster::datapath {
namespace {

using namespace encluster::test;

/// Both TAPs, and the kernel behind them.
struct FakeTaps {
  FakeTaps() {
    for (auto& pair : pairs) {
      REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair.data()) == 0);
    }
  }
  FakeTaps(const FakeTaps&) = delete;
  FakeTaps& operator=(const FakeTaps&) = delete;
  ~FakeTaps() {
    for (const auto& pair : pairs) {
      for (const int fd : pair) close(fd);
    }
  }
  [[nodiscard]] TapDescriptors descriptors() const { return {{pairs[0][0]}, pairs[1][0]}; }

  std::array<std::array<int, 2>, 2> pairs{};
};

template <typename Condition>
bool eventually(Condition&& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_CASE("a running engine carries packets, answers commands, and stops") {
  const NoBufferLost checked;
  switching::ClusterState state = example_cluster();
  std::erase_if(state.services, [](const auto& service) { return !service.plugin.empty(); });
  switching::SnapshotCompiler compiler({}, 1);
  rcu::Publisher<switching::Snapshot> publisher(compiler.compile(state), 1);
  const FakeTaps taps;
  RingDevice network(kNetworkDevice);
  RingDevice interconnect(kInterconnectDevice);
  {
    Engine engine(test_devices(), 1, {Gateway::small_limits(), 1, {}}, publisher,
                  taps.descriptors());
    const PacketBuilder segment =
        tcp().macs(mac_of(kRemote), kOutsideMac).from(kRemote, 40000).to(kCluster, 5432).syn();
    network.feed(segment.build().bytes());
    const switching::Counters& counters = engine.workers().worker(0).counters();
    CHECK(eventually([&] { return counters.interconnect_sent.packets.value() == 1; }));

    network.feed(PacketBuilder(segment).to(kCluster, 22).build().bytes());
    std::array<std::byte, 2048> frame{};
    CHECK(eventually([&] { return read(taps.pairs[0][1], frame.data(), frame.size()) > 0; }));

    bool answered = false;
    REQUIRE(engine.workers().send(switching::ResetNode{NodeId(1)},
                                  [&](const auto&) { answered = true; }));
    CHECK(eventually([&] {
      engine.workers().poll_events({});
      return answered;
    }));

    publisher.publish(compiler.compile(state));
    CHECK(eventually([&] { return publisher.reclaim() == 0; }));
    engine.stop();
    CHECK(engine.counters().size() == 2);
    CHECK(engine.counters()[1]->local_sent.packets.value() == 1);
  }
  CHECK(publisher.reclaim() == 0);
}

TEST_CASE("an engine of two workers carries the remotes of both, whoever receives them") {
  const NoBufferLost checked;
  switching::SnapshotCompiler compiler({}, 2);
  rcu::Publisher<switching::Snapshot> publisher(compiler.compile(plain_cluster()), 2);
  const FakeTaps taps;
  RingDevice network(kNetworkDevice);
  std::array<RingDevice, 2> interconnect{RingDevice{kInterconnectDevice, 0},
                                         RingDevice{kInterconnectDevice, 1}};
  Engine engine(test_devices(), 2, {Gateway::small_limits(), 1, {}}, publisher, taps.descriptors());
  CHECK_FALSE(test_devices().steering(0).rss);
  CHECK(engine.workers().size() == 2);
  for (const WorkerId owner : std::array<WorkerId, 2>{0, 1}) {
    network.feed(tcp()
                     .macs(mac_of(kRouter), kOutsideMac)
                     .from(remote_of(owner), 40000)
                     .to(kCluster, kDatabase)
                     .syn()
                     .build()
                     .bytes());
    const switching::Counters& counters = engine.workers().worker(owner).counters();
    CHECK(eventually([&] { return counters.interconnect_sent.packets.value() == 1; }));
  }
  const switching::Counters& receiver = engine.workers().worker(0).counters();
  CHECK(receiver.network_received[0].packets.value() == 2);
  CHECK(receiver.handed_over.value() == 1);
  engine.stop();
  CHECK(engine.counters().size() == 3);
}

TEST_CASE("an engine can be made again after it was stopped") {
  switching::SnapshotCompiler compiler({}, 1);
  switching::ClusterState state = example_cluster();
  state.services.clear();
  rcu::Publisher<switching::Snapshot> publisher(compiler.compile(state), 1);
  const FakeTaps taps;
  for (int round = 0; round < 3; ++round) {
    Engine engine(test_devices(), 1, {Gateway::small_limits(), 1, {}}, publisher,
                  taps.descriptors());
  }
  CHECK(publisher.reclaim() == 0);
}

TEST_CASE("there are buffers for every queue and ring") {
  CHECK(buffers_needed(2, 1) > 2 * 2 * kQueueDescriptors + 2 * LocalPath::kFrames);
  CHECK(buffers_needed(4, 2) > 2 * buffers_needed(2, 1) - 2048);
}

TEST_CASE("there are buffers for all that the pipeline keeps besides") {
  using namespace switching;
  constexpr std::size_t kKept = Hold::kNextHops * Hold::kPackets + Parked::kCapacity +
                                FragmentLimits{}.waiting + Emitter::kCapacity;
  CHECK(buffers_needed(2, 1) > 2 * 2 * kQueueDescriptors + 2 * LocalPath::kFrames + kKept);
}

}  // namespace
}  // namespace encluster::datapath
