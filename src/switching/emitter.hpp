// Packets that a worker makes itself: copies, and segments that ask a node or warn a remote.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "encluster/packet.hpp"
#include "net/reply.hpp"
#include "switching/packet_pool.hpp"

namespace encluster::switching {

/// Private to one worker. Collects packets until the owner takes them; what does not fit or finds
/// no buffer is not made, which every user must be able to bear.
class Emitter {
 public:
  static constexpr std::size_t kCapacity = 4 * kMaxBurst;
  static constexpr std::uint32_t kCopiesPerSecond = 1000;

  explicit Emitter(PacketPool& pool) : pool_(&pool) {}

  /// A copy of a packet as it is, pending. Null if no buffer, space or allowance is left.
  [[nodiscard]] Packet* copy_of(const Packet& packet, Seconds now) noexcept;

  /// Packets like the given one but for their frames, whose bytes are up to the caller; pending.
  /// None at all if there is no space or buffer for every one of `count`.
  [[nodiscard]] std::span<Packet> pieces_of(const Packet& packet, std::size_t count,
                                            std::uint16_t bytes) noexcept;

  /// An empty TCP segment, pending. Null if no buffer or space is left.
  [[nodiscard]] Packet* segment(const net::BareSegment& segment) noexcept;

  /// A packet that was kept and goes on. @pre room() > 0.
  Packet& add(const Packet& packet) noexcept { return packets_[count_++] = packet; }

  [[nodiscard]] std::size_t room() const noexcept { return kCapacity - count_; }
  [[nodiscard]] std::span<Packet> packets() noexcept { return std::span(packets_).first(count_); }
  void clear() noexcept { count_ = 0; }

 private:
  [[nodiscard]] Packet* allocate(std::uint16_t bytes) noexcept;
  [[nodiscard]] Packet* like(const Packet& packet, std::uint16_t bytes) noexcept;

  PacketPool* pool_;
  std::array<Packet, kCapacity> packets_;
  std::size_t count_ = 0;
  Seconds copies_second_ = 0;
  std::uint32_t copies_ = 0;
};

}  // namespace encluster::switching
