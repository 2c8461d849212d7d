// Messages that a routing function asked to hold until the cluster has changed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "encluster/packet.hpp"

namespace encluster::switching {

/// A queue, private to one worker and bounded. Parked packets are as they were received: nothing
/// was rewritten, so that they can be routed again from the start.
class Parked {
 public:
  static constexpr std::size_t kCapacity = kMaxBurst;
  static constexpr Seconds kLife = 2;  ///< the clock has whole seconds: at least one passes

  /// @param generation of the snapshot by which the packet was parked
  /// @return false if there is no room.
  [[nodiscard]] bool add(const Packet& packet, std::uint64_t generation, Seconds now) noexcept {
    if (count_ == kCapacity) return false;
    entries_[(first_ + count_++) % kCapacity] = {packet, generation, now};
    return true;
  }

  /// Takes the oldest packet out if it is due: pending if the snapshot is another by now, dropped
  /// if it waited too long.
  [[nodiscard]] std::optional<Packet> take_due(std::uint64_t generation, Seconds now) noexcept {
    if (count_ == 0) return std::nullopt;
    const Entry& entry = entries_[first_];
    const bool changed = entry.generation != generation;
    if (!changed && now - entry.since < kLife) return std::nullopt;
    Packet packet = entry.packet;
    packet.verdict = Verdict::pending;
    if (!changed) packet.drop(DropReason::hold_expired);
    first_ = (first_ + 1) % kCapacity;
    --count_;
    return packet;
  }

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  struct Entry {
    Packet packet;
    std::uint64_t generation = 0;
    Seconds since = 0;
  };

  std::array<Entry, kCapacity> entries_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace encluster::switching
