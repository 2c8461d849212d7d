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
constexpr std::size_t kLongest = 1514;  ///< of a frame: what a buffer has room for
constexpr std::uint64_t kMagic = 0x656e636c75737472;
constexpr std::chrono::duration<double> kPatience{0.1};  ///< for frames that are under way

/// What a frame carries.
struct Stamp {
  std::uint64_t magic;
  std::uint64_t due;  ///< in cycles of the time-stamp counter
};

using Capture = std::unique_ptr<pcap_t, decltype([](pcap_t* capture) { pcap_close(capture); })>;

Frame to_frame(const u_char* data, std::size_t length) {
  constexpr std::size_t kProtocol = 23;
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  if (length < kPayload + sizeof(Stamp) || length > kLongest || bytes[kProtocol] != std::byte{17} ||
      bytes[14] != std::byte{0x45}) {
    throw std::runtime_error("the capture must hold UDP datagrams of 16 to 1472 bytes alone");
  }
  Frame frame(bytes, bytes + length);
  std::fill_n(frame.begin() + kUdp + 6, 2, std::byte{0});  // no checksum (RFC 768)
  return frame;
}

void fill(rte_mbuf& buffer, const Frame& frame, std::uint64_t due) noexcept {
  auto* data = rte_pktmbuf_mtod(&buffer, std::byte*);
  std::memcpy(data, frame.data(), frame.size());
  const Stamp stamp{kMagic, due};
  std::memcpy(data + kPayload, &stamp, sizeof(stamp));
  buffer.data_len = static_cast<std::uint16_t>(frame.size());
  buffer.pkt_len = buffer.data_len;
}

double hertz() noexcept { return static_cast<double>(rte_get_tsc_hz()); }

std::uint64_t to_cycles(std::chrono::duration<double> time) noexcept {
  return static_cast<std::uint64_t>(time.count() * hertz());
}

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

void Probe::run(const ProbeSettings& settings, ProbeResult& result) {
  interval_ = std::isinf(settings.rate) ? 0 : hertz() / settings.rate;
  number_ = 0;
  begin_ = rte_rdtsc();
  counted_from_ = begin_ + to_cycles(settings.warm_up);
  const std::uint64_t end = counted_from_ + to_cycles(settings.duration);
  for (std::uint64_t now = begin_; now < end; now = rte_rdtsc()) {
    make_due(now);
    send(result);
    receive(result);
  }
  rte_pktmbuf_free_bulk(made_.data() + next_of_made_,
                        static_cast<unsigned>(count_of_made_ - next_of_made_));
  next_of_made_ = count_of_made_ = 0;
  while (rte_rdtsc() < end + to_cycles(kPatience)) receive(result);
}

std::uint64_t Probe::due(std::uint64_t number) const noexcept {
  return begin_ + static_cast<std::uint64_t>(static_cast<double>(number) * interval_);
}

void Probe::make_due(std::uint64_t now) noexcept {
  if (next_of_made_ != count_of_made_ || due(number_) > now) return;
  next_of_made_ = count_of_made_ = 0;
  while (count_of_made_ < kBurst && due(number_) <= now) {
    rte_mbuf* buffer = rte_pktmbuf_alloc(&pool_);
    if (buffer == nullptr) return;
    // As fast as possible, there is no other time at which a frame is due.
    dues_of_made_[count_of_made_] = interval_ == 0 ? now : due(number_);
    fill(*buffer, frames_[number_++ % frames_.size()], dues_of_made_[count_of_made_]);
    made_[count_of_made_++] = buffer;
  }
}

void Probe::send(ProbeResult& result) noexcept {
  if (next_of_made_ == count_of_made_) return;
  const auto rest = std::span(made_).subspan(next_of_made_, count_of_made_ - next_of_made_);
  const std::uint16_t sent = from_.send(WorkerId{}, rest);
  const auto dues = std::span(dues_of_made_).subspan(next_of_made_, sent);
  result.sent += static_cast<std::uint64_t>(
      std::ranges::count_if(dues, [this](std::uint64_t due) { return due >= counted_from_; }));
  next_of_made_ += sent;
}

void Probe::receive(ProbeResult& result) noexcept {
  std::array<rte_mbuf*, kBurst> burst;
  const std::uint16_t count = to_.receive(0, burst);
  const std::uint64_t now = rte_rdtsc();
  for (const rte_mbuf* buffer : std::span(burst).first(count)) note(*buffer, now, result);
  rte_pktmbuf_free_bulk(burst.data(), count);
  // What the device says to the outside by itself is of no interest, but needs its room.
  const std::uint16_t others = from_.receive(0, burst);
  rte_pktmbuf_free_bulk(burst.data(), others);
}

void Probe::note(const rte_mbuf& buffer, std::uint64_t now, ProbeResult& result) const noexcept {
  if (buffer.data_len < kPayload + sizeof(Stamp)) return;
  Stamp stamp;
  std::memcpy(&stamp, rte_pktmbuf_mtod(&buffer, const std::byte*) + kPayload, sizeof(stamp));
  if (stamp.magic != kMagic || stamp.due < counted_from_) return;
  ++result.arrived;
  const double seconds = static_cast<double>(now - stamp.due) / hertz();
  result.latencies.add(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
}

}  // namespace encluster::bench
