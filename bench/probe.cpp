#include "probe.hpp"

#include <pcap/pcap.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "datapath/nic_port.hpp"

namespace encluster::bench {

namespace {

constexpr std::size_t kUdp = 34;  ///< where the header begins behind Ethernet and IP
constexpr std::size_t kPayload = kUdp + 8;
constexpr std::uint32_t kMagic = 0x70726f62;
constexpr std::size_t kBurst = 32;
constexpr auto kPatience = std::chrono::milliseconds(100);  ///< for frames that are under way

/// What a frame carries: who it is of, and when it was due.
struct Stamp {
  std::uint32_t magic;
  std::uint32_t counted;
  std::uint64_t due;  ///< in cycles of the time-stamp counter
};

using Capture = std::unique_ptr<pcap_t, decltype([](pcap_t* capture) { pcap_close(capture); })>;

Frame to_frame(const u_char* data, std::size_t length) {
  constexpr std::size_t kProtocol = 23;
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  if (length < kPayload + sizeof(Stamp) || bytes[kProtocol] != std::byte{17} ||
      bytes[14] != std::byte{0x45}) {
    throw std::runtime_error("the capture must hold UDP datagrams of 16 bytes and more alone");
  }
  Frame frame(bytes, bytes + length);
  std::fill_n(frame.begin() + kUdp + 6, 2, std::byte{0});  // no checksum (RFC 768)
  return frame;
}

/// Sends and receives by turns; a frame is due at a multiple of the interval.
class Probe {
 public:
  Probe(const ProbeSettings& settings, std::span<const Frame> frames, rte_mempool& pool,
        datapath::NicPort& from, datapath::NicPort& to, ProbeResult& result)
      : frames_(frames),
        pool_(pool),
        from_(from),
        to_(to),
        result_(result),
        interval_(static_cast<double>(rte_get_tsc_hz()) / settings.rate),
        counted_from_(static_cast<std::uint64_t>(settings.warm_up.count() * settings.rate)),
        total_(counted_from_ +
               static_cast<std::uint64_t>(settings.duration.count() * settings.rate)) {}

  void run() {
    begun_ = rte_rdtsc();
    while (next_ < total_) {
      send_due();
      receive();
    }
    const auto patience = std::chrono::duration<double>(kPatience).count();
    const std::uint64_t end =
        rte_rdtsc() + static_cast<std::uint64_t>(patience * static_cast<double>(rte_get_tsc_hz()));
    while (rte_rdtsc() < end) receive();
    result_.due = total_ - counted_from_;
  }

 private:
  [[nodiscard]] std::uint64_t due(std::uint64_t number) const noexcept {
    return begun_ + static_cast<std::uint64_t>(static_cast<double>(number) * interval_);
  }

  void send_due() noexcept {
    std::array<rte_mbuf*, kBurst> burst;
    const std::uint64_t now = rte_rdtsc();
    const std::uint64_t first = next_;
    std::uint16_t count = 0;
    while (count < kBurst && next_ < total_ && due(next_) <= now) {
      rte_mbuf* buffer = rte_pktmbuf_alloc(&pool_);
      if (buffer == nullptr) break;
      fill(*buffer, next_++);
      burst[count++] = buffer;
    }
    if (count == 0) return;
    const std::uint16_t sent = from_.send(WorkerId{}, std::span(burst).first(count));
    for (std::uint16_t i = sent; i < count; ++i) rte_pktmbuf_free(burst[i]);
    const std::uint64_t uncounted = std::min<std::uint64_t>(
        sent, counted_from_ > first ? counted_from_ - first : std::uint64_t{0});
    result_.sent += sent - uncounted;
  }

  void fill(rte_mbuf& buffer, std::uint64_t number) const noexcept {
    const Frame& frame = frames_[number % frames_.size()];
    auto* data = rte_pktmbuf_mtod(&buffer, std::byte*);
    std::memcpy(data, frame.data(), frame.size());
    const Stamp stamp{kMagic, number >= counted_from_ ? 1U : 0U, due(number)};
    std::memcpy(data + kPayload, &stamp, sizeof(stamp));
    buffer.data_len = static_cast<std::uint16_t>(frame.size());
    buffer.pkt_len = buffer.data_len;
  }

  void receive() noexcept {
    std::array<rte_mbuf*, kBurst> burst;
    const std::uint16_t count = to_.receive(0, burst);
    const std::uint64_t now = rte_rdtsc();
    for (rte_mbuf* buffer : std::span(burst).first(count)) {
      note(*buffer, now);
      rte_pktmbuf_free(buffer);
    }
    // What the device says to the outside by itself is of no interest, but needs its room.
    const std::uint16_t others = from_.receive(0, burst);
    for (rte_mbuf* buffer : std::span(burst).first(others)) rte_pktmbuf_free(buffer);
  }

  void note(rte_mbuf& buffer, std::uint64_t now) noexcept {
    if (buffer.data_len < kPayload + sizeof(Stamp)) return;
    Stamp stamp;
    std::memcpy(&stamp, rte_pktmbuf_mtod(&buffer, std::byte*) + kPayload, sizeof(stamp));
    if (stamp.magic != kMagic || stamp.counted == 0) return;
    ++result_.arrived;
    const double seconds =
        static_cast<double>(now - stamp.due) / static_cast<double>(rte_get_tsc_hz());
    result_.latencies.add(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
  }

  std::span<const Frame> frames_;
  rte_mempool& pool_;
  datapath::NicPort& from_;
  datapath::NicPort& to_;
  ProbeResult& result_;
  double interval_;  ///< cycles
  std::uint64_t counted_from_;
  std::uint64_t total_;
  std::uint64_t begun_ = 0;
  std::uint64_t next_ = 0;
};

}  // namespace

void Latencies::add(std::chrono::nanoseconds latency) noexcept {
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(latency.count(), 0) / kStep);
  ++counts_[std::min(step, counts_.size() - 1)];
  ++count_;
  most_ = std::max(most_, latency);
}

std::chrono::nanoseconds Latencies::quantile(double part) const noexcept {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  std::size_t step = 0;
  while (seen + counts_[step] < wanted) seen += counts_[step++];
  return std::chrono::nanoseconds((static_cast<std::int64_t>(step) + 1) * kStep);
}

std::vector<Frame> read_frames(const std::string& file) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const Capture capture(pcap_open_offline(file.c_str(), error.data()));
  if (capture == nullptr) throw std::runtime_error(error.data());
  std::vector<Frame> frames;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  while (pcap_next_ex(capture.get(), &header, &data) == 1) {
    frames.push_back(to_frame(data, header->caplen));
  }
  if (frames.empty()) throw std::runtime_error(file + " holds no frames");
  return frames;
}

void probe(const ProbeSettings& settings, std::span<const Frame> frames, rte_mempool& pool,
           datapath::NicPort& from, datapath::NicPort& to, ProbeResult& result) {
  Probe(settings, frames, pool, from, to, result).run();
}

}  // namespace encluster::bench
