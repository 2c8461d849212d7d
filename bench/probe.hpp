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
  double rate = 0;  ///< frames a second
  std::chrono::duration<double> duration{1};
  std::chrono::duration<double> warm_up{0.2};  ///< sent before, and not counted
};

struct ProbeResult {
  std::uint64_t due = 0;      ///< by the rate
  std::uint64_t sent = 0;     ///< the others found the device's ring full
  std::uint64_t arrived = 0;  ///< of those sent
  Latencies latencies;        ///< from when a frame was due until it was seen
};

/// One thread, which sends and receives. @pre frames is not empty
void probe(const ProbeSettings& settings, std::span<const Frame> frames, rte_mempool& pool,
           datapath::NicPort& from, datapath::NicPort& to, ProbeResult& result);

}  // namespace encluster::bench
