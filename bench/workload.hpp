// What is measured: something that handles bursts, and the frames that it is given.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "encluster/packet.hpp"
#include "encluster/types.hpp"

namespace encluster::bench {

inline constexpr std::size_t kBurst = 32;
/// A few bursts for each look at the clock; few enough that frames and packets stay in the cache,
/// as those do that a device has just written.
inline constexpr std::size_t kBatch = 8 * kBurst;

/// The shortest Ethernet frame, without its check sequence.
inline constexpr std::uint16_t kFrameBytes = 60;

/// The longest: three cache lines, an odd number, so that frames spread over all sets of the cache.
inline constexpr std::uint16_t kFrameCapacity = 192;

/// Whoever sent a frame to the gateway.
inline constexpr MacAddress kSenderMac{0x02, 0, 0, 0, 0, 0x99};

/// One end of a TCP connection.
struct Endpoint {
  Ipv4Address address;
  PortNumber port;
};

/// Frames and the packets over them. Every packet is renewed before each run, so that none is
/// rewritten twice.
class Batch {
 public:
  /// Makes the `index`th packet a TCP segment without data, as received.
  /// @param to_mac the receiving device
  /// @param flags tcp_flag; an acknowledgment and nothing else
  void renew(std::size_t index, const Endpoint& from, const Endpoint& to, Origin origin,
             const MacAddress& to_mac, std::uint8_t flags = tcp_flag::ack);

  /// Makes the `index`th packet what `write` writes, as received.
  /// @param write (Packet&) into a frame of zeros; sets the length, too
  template <typename Write>
  void renew(std::size_t index, Origin origin, Write&& write);

  [[nodiscard]] std::span<Packet> packets() noexcept { return packets_; }
  [[nodiscard]] std::span<const Packet> packets() const noexcept { return packets_; }
  [[nodiscard]] std::span<Packet> burst(std::size_t from) noexcept {
    return std::span(packets_).subspan(from, kBurst);
  }

 private:
  struct alignas(64) Frame {
    std::array<std::byte, kFrameCapacity> bytes;
  };

  std::array<Frame, kBatch> frames_{};
  std::array<Packet, kBatch> packets_{};
};

template <typename Write>
void Batch::renew(std::size_t index, Origin origin, Write&& write) {
  Frame& frame = frames_[index];
  frame = {};
  Packet written;
  written.frame = frame.bytes.data();
  written.capacity = static_cast<std::uint16_t>(frame.bytes.size());
  write(written);
  Packet& packet = packets_[index];
  packet = {};
  packet.frame = written.frame;
  packet.capacity = written.capacity;
  packet.length = std::max(written.length, kFrameBytes);
  packet.origin = origin;
}

/// One line of the result.
class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  /// Renews the whole batch. Not timed.
  virtual void prepare(Batch& batch) = 0;
  /// Handles one burst. Timed.
  virtual void run(std::span<Packet> burst) noexcept = 0;
  /// How many operations run() makes of a burst: a packet's, unless it says otherwise.
  [[nodiscard]] virtual double operations() const { return double{kBurst}; }
  /// What is wrong with the batch after prepare() and run(); nothing if it is as it should be.
  [[nodiscard]] virtual std::optional<std::string> fault(const Batch& batch) const = 0;
};

/// True if the checksums of IP and of the TCP or ICMP message are right, computed afresh.
[[nodiscard]] bool checksums_right(const Packet& packet);

}  // namespace encluster::bench
