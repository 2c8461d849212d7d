// Fragments of a burst: the first of a datagram goes the way of whole messages, the others follow.
#pragma once

#include "switching/burst_context.hpp"

namespace encluster::switching {

/// Lives for one burst. First add() every fragment; then let the pipeline decide about the
/// messages; then settle().
class Gathering {
 public:
  /// Notes a fragment. The first of a datagram joins `messages`, unless it is refused.
  /// @param first it begins the datagram (net::FrameKind::first_fragment)
  void add(Packet& fragment, bool first, PacketList& messages, BurstContext& context) noexcept;

  /// Gives every other fragment its verdict: it goes the way of its first, or waits for it.
  /// @pre the first ones have theirs.
  void settle(BurstContext& context) noexcept {
    if (!firsts_.empty() || !others_.empty()) settle_all(context);
  }

 private:
  void settle_all(BurstContext& context) noexcept;

  PacketList firsts_;
  std::array<std::uint32_t, kMaxBurst> serials_;  ///< of the datagrams of `firsts_`
  PacketList others_;
};

}  // namespace encluster::switching
