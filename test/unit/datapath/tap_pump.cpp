#include "datapath/tap_pump.hpp"

#include <rte_mbuf.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include "ring_device.hpp"
#include "support/packet_builder.hpp"
#include "switching/remote_hash.hpp"
#include "test_eal.hpp"

namespace encluster::datapath {
namespace {

constexpr std::uint32_t kMaxFrame = 1514;

/// Stands for a TAP and the kernel behind it: a socket that keeps the borders of frames.
class FakeTap {
 public:
  FakeTap() { REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends_.data()) == 0); }
  FakeTap(const FakeTap&) = delete;
  FakeTap& operator=(const FakeTap&) = delete;
  ~FakeTap() {
    close(ends_[0]);
    remove_interface();
  }
  [[nodiscard]] int fd() const { return ends_[0]; }
  void kernel_sends(const Bytes& frame) {
    REQUIRE(write(ends_[1], frame.data(), frame.size()) == static_cast<ssize_t>(frame.size()));
  }
  [[nodiscard]] std::optional<Bytes> kernel_received() {
    Bytes frame(4096);
    const ssize_t size = read(ends_[1], frame.data(), frame.size());
    if (size <= 0) return std::nullopt;
    frame.resize(static_cast<std::size_t>(size));
    return frame;
  }
  void remove_interface() {
    std::signal(SIGPIPE, SIG_IGN);  // a socket sends it, a TAP does not
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

/// A pump on a thread of its own, between two fake TAPs and the test, which stands for the worker.
class RunningPump {
 public:
  RunningPump() : thread_([this] { pump.run(); }) {}
  RunningPump(const RunningPump&) = delete;
  RunningPump& operator=(const RunningPump&) = delete;
  ~RunningPump() { stop(); }
  void stop() {
    pump.stop();
    if (thread_.joinable()) thread_.join();
  }
  void worker_sends(const Bytes& frame, Egress tap) {
    REQUIRE(path.to_kernel({make_buffer(frame), tap}));
    path.announce();
  }
  [[nodiscard]] std::uint64_t drops(DropReason reason) const {
    return pump.counters().drops[static_cast<std::size_t>(reason)].value();
  }

  FakeTap network;
  FakeTap interconnect;
  Doorbell doorbell;
  LocalPath path{doorbell};
  TapPump pump{{{network.fd()}, interconnect.fd()}, {&path}, doorbell, test_pool(), kMaxFrame};

 private:
  std::thread thread_;
};

/// Repeats until the other thread has done its part.
template <typename Condition>
bool eventually(Condition&& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::yield();
  }
  return true;
}

std::optional<LocalFrame> next_from_kernel(LocalPath& path) {
  std::array<LocalFrame, 1> frame{};
  if (!eventually([&] { return path.from_kernel(frame) == 1; })) return std::nullopt;
  return frame[0];
}

TEST_CASE("what the kernel sends reaches the worker with the TAP it came through") {
  const NoBufferLost checked;
  RunningPump pump;
  const Bytes outside(60, std::byte{1});
  const Bytes inside(kMaxFrame, std::byte{2});
  pump.network.kernel_sends(outside);
  const auto first = next_from_kernel(pump.path);
  REQUIRE(first);
  CHECK(first->tap == 0);
  CHECK(first->buffer->pkt_len == outside.size());
  CHECK(*rte_pktmbuf_mtod(first->buffer, std::byte*) == std::byte{1});
  pump.interconnect.kernel_sends(inside);
  const auto second = next_from_kernel(pump.path);
  REQUIRE(second);
  CHECK(second->tap == kInterconnect);
  CHECK(second->buffer->data_len == inside.size());
  rte_pktmbuf_free(first->buffer);
  rte_pktmbuf_free(second->buffer);
  pump.stop();
  CHECK(pump.pump.counters().local_received.packets.value() == 2);
  CHECK(pump.pump.counters().local_received.bytes.value() == 60 + kMaxFrame);
}

TEST_CASE("what the worker sends reaches the kernel through the TAP it is for") {
  const NoBufferLost checked;
  RunningPump pump;
  pump.worker_sends(Bytes(60, std::byte{3}), 0);
  pump.worker_sends(Bytes(61, std::byte{4}), kInterconnect);
  std::optional<Bytes> frame;
  CHECK(eventually([&] { return (frame = pump.network.kernel_received()).has_value(); }));
  CHECK(frame == Bytes(60, std::byte{3}));
  CHECK(eventually([&] { return (frame = pump.interconnect.kernel_received()).has_value(); }));
  CHECK(frame == Bytes(61, std::byte{4}));
  pump.stop();
  CHECK(pump.pump.counters().local_sent.packets.value() == 2);
  CHECK(pump.pump.counters().local_sent.bytes.value() == 121);
}

TEST_CASE("many frames in both directions arrive whole, and in order") {
  const NoBufferLost checked;
  constexpr std::size_t kFrames = 5'000;
  RunningPump pump;
  std::size_t sent = 0;
  std::size_t received = 0;
  std::size_t wrong = 0;
  std::size_t in_flight = 0;
  CHECK(eventually([&] {
    if (sent < kFrames && in_flight < 64) {
      pump.worker_sends(Bytes(64, static_cast<std::byte>(sent)), 0);
      ++sent;
      ++in_flight;
    }
    if (const auto frame = pump.network.kernel_received()) pump.network.kernel_sends(*frame);
    std::array<LocalFrame, 8> frames{};
    const std::size_t count = pump.path.from_kernel(frames);
    for (const LocalFrame& frame : std::span(frames).first(count)) {
      const auto* const byte = rte_pktmbuf_mtod(frame.buffer, const std::byte*);
      if (*byte != static_cast<std::byte>(received++)) ++wrong;
      rte_pktmbuf_free(frame.buffer);
      --in_flight;
    }
    return received == kFrames;
  }));
  CHECK(wrong == 0);
}

TEST_CASE("a frame longer than the MTU allows is dropped by name") {
  const NoBufferLost checked;
  RunningPump pump;
  pump.network.kernel_sends(Bytes(kMaxFrame + 1));
  pump.network.kernel_sends(Bytes(4000));
  CHECK(eventually([&] { return pump.drops(DropReason::oversized) == 2; }));
}

TEST_CASE("frames that find the ring full are dropped by name, and freed") {
  const NoBufferLost checked;
  RunningPump pump;
  for (std::size_t sent = 1; sent <= LocalPath::kFrames + 3; ++sent) {
    pump.network.kernel_sends(Bytes(60));
    REQUIRE(
        eventually([&] { return pump.pump.counters().local_received.packets.value() == sent; }));
  }
  CHECK(eventually([&] { return pump.drops(DropReason::local_full) == 3; }));
}

TEST_CASE("frames for a TAP whose interface is gone are dropped by name") {
  const NoBufferLost checked;
  RunningPump pump;
  pump.network.remove_interface();
  pump.worker_sends(Bytes(60), 0);
  CHECK(eventually([&] { return pump.drops(DropReason::local_full) == 1; }));
  pump.worker_sends(Bytes(60, std::byte{5}), kInterconnect);
  CHECK(eventually([&] { return pump.interconnect.kernel_received().has_value(); }));
}

TEST_CASE("frames from the kernel go to the worker that owns their remote") {
  const NoBufferLost checked;
  using namespace encluster::test;
  FakeTap network;
  FakeTap interconnect;
  Doorbell doorbell;
  LocalPath first{doorbell};
  LocalPath second{doorbell};
  TapPump pump{
      {{network.fd()}, interconnect.fd()}, {&first, &second}, doorbell, test_pool(), kMaxFrame};
  std::thread thread([&pump] { pump.run(); });
  for (std::uint32_t host = 1; host < 5; ++host) {
    const Ipv4Address remote(Ipv4Address(198, 51, 100, 0).value() + host);
    const Frame frame = tcp().from({192, 0, 2, 1}, 22).to(remote, 40000).syn().ack().build();
    network.kernel_sends(Bytes(frame.bytes().begin(), frame.bytes().end()));
    LocalPath& owner = switching::shard_of(remote, 2) == 0 ? first : second;
    const auto arrived = next_from_kernel(owner);
    REQUIRE(arrived);
    rte_pktmbuf_free(arrived->buffer);
  }
  pump.stop();
  thread.join();
}

TEST_CASE("what any worker sends reaches the kernel") {
  const NoBufferLost checked;
  FakeTap network;
  FakeTap interconnect;
  Doorbell doorbell;
  LocalPath first{doorbell};
  LocalPath second{doorbell};
  TapPump pump{
      {{network.fd()}, interconnect.fd()}, {&first, &second}, doorbell, test_pool(), kMaxFrame};
  std::thread thread([&pump] { pump.run(); });
  for (LocalPath* path : {&first, &second}) {
    REQUIRE(path->to_kernel({make_buffer(Bytes(60)), Egress{0}}));
    path->announce();
    CHECK(eventually([&] { return network.kernel_received().has_value(); }));
  }
  pump.stop();
  thread.join();
}

TEST_CASE("a pump without work sleeps, and wakes up to stop") {
  RunningPump pump;
  pump.stop();
  CHECK(pump.pump.counters().local_received.packets.value() == 0);
}

}  // namespace
}  // namespace encluster::datapath
