// Packets that wait until the kernel has resolved their next hop.
#pragma once

#include <array>
#include <cstdint>

#include "encluster/packet.hpp"
#include "switching/emitter.hpp"
#include "switching/snapshot.hpp"

namespace encluster::switching {

/// Private to one worker; bounded: 8 packets a next hop, 64 next hops, one to two seconds.
class Hold {
 public:
  static constexpr std::size_t kPackets = 8;
  static constexpr std::size_t kNextHops = 64;
  static constexpr Seconds kLife = 2;  ///< the clock has whole seconds: at least one passes

  enum class Added : std::uint8_t { first, more, full };

  /// Keeps a packet whose `egress` and `next_hop` are set and whose frame lacks only its MAC
  /// addresses. `first` says that nobody waits for this next hop yet: ask the kernel.
  [[nodiscard]] Added add(const Packet& packet, Seconds now) noexcept;

  /// Emits the packets whose next hop is resolved by now (verdict `forward`, MAC addresses filled
  /// in), whose node is gone, or that waited too long (verdict `drop`), as far as the emitter has
  /// room.
  void release(const Snapshot& snapshot, Seconds now, Emitter& emitter) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  struct Waiting {
    Egress egress = 0;
    Ipv4Address next_hop;
    Seconds since = 0;
    std::uint8_t count = 0;  ///< 0: free
    std::array<Packet, kPackets> packets;
  };

  std::array<Waiting, kNextHops> waiting_;
  std::size_t size_ = 0;
};

}  // namespace encluster::switching
