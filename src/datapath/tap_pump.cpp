#include "datapath/tap_pump.hpp"

#include <pthread.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "datapath/burst.hpp"
#include "switching/steer.hpp"

namespace encluster::datapath {

namespace {

/// Makes the calling thread known to DPDK, which gives it a cache of free buffers of its own.
/// Without (DPDK knows 128 threads) it works, a little slower.
class DpdkThread {
 public:
  DpdkThread() noexcept { static_cast<void>(rte_thread_register()); }
  DpdkThread(const DpdkThread&) = delete;
  DpdkThread& operator=(const DpdkThread&) = delete;
  ~DpdkThread() { rte_thread_unregister(); }
};

}  // namespace

TapPump::TapPump(const TapDescriptors& taps, std::vector<LocalPath*> paths, Doorbell& doorbell,
                 MbufPool& pool, std::uint32_t max_frame)
    : paths_(std::move(paths)),
      doorbell_(doorbell),
      pool_(pool),
      max_frame_(max_frame),
      taps_(taps) {
  for (const int fd : taps_.networks) waited_for_.push_back({fd, POLLIN, 0});
  waited_for_.push_back({taps_.interconnect, POLLIN, 0});
  waited_for_.push_back({doorbell_.fd(), POLLIN, 0});
}

void TapPump::run() noexcept {
  pthread_setname_np(pthread_self(), "tap-pump");
  const DpdkThread known_to_dpdk;
  while (!stopping_.load(std::memory_order_acquire)) {
    sleep();
    from_kernel();
    to_kernel();
  }
}

void TapPump::stop() noexcept {
  stopping_.store(true, std::memory_order_release);
  doorbell_.ring();
}

/// Returns when a TAP has frames, or a worker has, or the pump has to stop.
void TapPump::sleep() noexcept {
  constexpr int kForever = -1;
  doorbell_.expect_ring();
  const bool work = !nothing_to_write() || stopping_.load(std::memory_order_acquire);
  poll(waited_for_.data(), waited_for_.size(), work ? 0 : kForever);
  doorbell_.answer(waited_for_.back().revents != 0);
}

void TapPump::from_kernel() noexcept {
  for (std::size_t i = 0; i + 1 < waited_for_.size(); ++i) {
    pollfd& tap = waited_for_[i];
    if ((tap.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
      tap.fd = -1;  // its interface was deleted: poll() would return at once from now on
    } else if ((tap.revents & POLLIN) != 0) {
      const Egress egress = i < taps_.networks.size() ? static_cast<Egress>(i) : kInterconnect;
      for (std::size_t frames = 0; frames < kBurst && read_frame(egress, tap.fd);) ++frames;
    }
  }
}

/// @return whether there may be another
bool TapPump::read_frame(Egress tap, int fd) noexcept {
  rte_mbuf* const buffer = rte_pktmbuf_alloc(&pool_.mempool());
  if (buffer == nullptr) {
    // The frame is taken from the kernel all the same, or poll() would not sleep any more.
    std::byte rest{};
    if (read(fd, &rest, sizeof(rest)) <= 0) return false;
    discard(nullptr, DropReason::no_buffer);
    return true;
  }
  const ssize_t bytes =
      read(fd, rte_pktmbuf_mtod(buffer, std::byte*), rte_pktmbuf_tailroom(buffer));
  if (bytes <= 0) {
    rte_pktmbuf_free(buffer);
    return false;
  }
  counters_.local_received.packets.add();
  counters_.local_received.bytes.add(static_cast<std::uint64_t>(bytes));
  buffer->data_len = static_cast<std::uint16_t>(bytes);
  buffer->pkt_len = buffer->data_len;
  if (buffer->pkt_len > max_frame_) {
    discard(buffer, DropReason::oversized);
  } else if (const LocalFrame frame{buffer, tap}; !path_of(frame).give(frame)) {
    discard(buffer, DropReason::local_full);
  }
  return true;
}

/// The way to the worker that owns the frame's remote.
LocalPath& TapPump::path_of(const LocalFrame& frame) noexcept {
  if (paths_.size() == 1) return *paths_.front();
  const Origin origin =
      frame.tap == kInterconnect ? Origin::local_interconnect : Origin::local_network;
  const auto* const bytes = rte_pktmbuf_mtod(frame.buffer, const std::byte*);
  return *paths_[switching::steer({bytes, frame.buffer->data_len}, origin, paths_.size())];
}

bool TapPump::nothing_to_write() const noexcept {
  return std::ranges::all_of(paths_, &LocalPath::nothing_to_take);
}

void TapPump::to_kernel() noexcept {
  std::array<LocalFrame, kBurst> frames;
  for (LocalPath* path : paths_) {
    const std::size_t count = path->take(frames);
    for (const LocalFrame& frame : std::span(frames).first(count)) write_frame(frame);
  }
}

void TapPump::write_frame(const LocalFrame& frame) noexcept {
  const std::uint16_t length = frame.buffer->data_len;
  const ssize_t written =
      write(descriptor(frame.tap), rte_pktmbuf_mtod(frame.buffer, const std::byte*), length);
  if (written != length) return discard(frame.buffer, DropReason::local_full);
  counters_.local_sent.packets.add();
  counters_.local_sent.bytes.add(length);
  rte_pktmbuf_free(frame.buffer);
}

int TapPump::descriptor(Egress tap) const noexcept {
  return tap == kInterconnect ? taps_.interconnect : taps_.networks[tap];
}

void TapPump::discard(rte_mbuf* buffer, DropReason reason) noexcept {
  counters_.drops[static_cast<std::size_t>(reason)].add();
  rte_pktmbuf_free(buffer);
}

}  // namespace encluster::datapath
