// Sends frames through a device under test at a set rate, and times their way.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

struct rte_mempool;
struct rte_mbuf;

namespace encluster::datapath {
class NicPort;
}

namespace encluster::bench {

/// Counts of latencies in steps of 32 nanoseconds, up to two milliseconds; longer ones by what they
/// are at least.
class Latencies {
 public:
  void add(std::chrono::nanoseconds latency) noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The least latency that so large a part of all does not exceed. @pre 0 < part <= 1, count() > 0
  [[nodiscard]] std::chrono::nanoseconds quantile(double part) const noexcept;
  [[nodiscard]] std::chrono::nanoseconds most() const noexcept { return most_; }

 private:
  static constexpr std::int64_t kStep = 32;
  std::array<std::uint64_t, 65536> counts_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds most_{};
};

/// A UDP datagram of at least 16 bytes, which are overwritten. Its checksum is left out, so that
/// nobody has to correct it.
using Frame = std::vector<std::byte>;

/// @throws std::runtime_error if the file can't be read, or has something else in it
[[nodiscard]] std::vector<Frame> read_frames(const std::string& file);

struct ProbeSettings {
  double rate = 0;  ///< frames a second; infinite: as many as the device takes
  std::chrono::duration<double> duration{1};
  std::chrono::duration<double> warm_up{0.2};  ///< before, not counted
};

struct ProbeResult {
  std::uint64_t sent = 0;
  std::uint64_t arrived = 0;
  Latencies latencies;  ///< from when a frame was due until it was seen
};

/// Sends and receives by turns, in one thread. A frame is due at a multiple of the interval; one
/// for which the device has no room stays due.
class Probe {
 public:
  /// @pre frames is not empty
  Probe(std::span<const Frame> frames, rte_mempool& pool, datapath::NicPort& from,
        datapath::NicPort& to)
      : frames_(frames), pool_(pool), from_(from), to_(to) {}

  void run(const ProbeSettings& settings, ProbeResult& result);

 private:
  static constexpr std::size_t kBurst = 32;

  [[nodiscard]] std::uint64_t due(std::uint64_t number) const noexcept;
  void make_due(std::uint64_t now) noexcept;
  void send(ProbeResult& result) noexcept;
  void receive(ProbeResult& result) noexcept;
  void note(const rte_mbuf& buffer, std::uint64_t now, ProbeResult& result) const noexcept;

  std::span<const Frame> frames_;
  rte_mempool& pool_;
  datapath::NicPort& from_;
  datapath::NicPort& to_;
  std::array<rte_mbuf*, kBurst> made_{};  ///< and not all sent yet
  std::array<std::uint64_t, kBurst> dues_of_made_{};
  std::size_t next_of_made_ = 0;
  std::size_t count_of_made_ = 0;
  double interval_ = 0;             ///< cycles of the time-stamp counter, like all times below
  std::uint64_t begin_ = 0;         ///< when frame 0 is due
  std::uint64_t counted_from_ = 0;  ///< frames that are due from then on are counted
  std::uint64_t number_ = 0;        ///< of the next frame
};

}  // namespace encluster::bench
