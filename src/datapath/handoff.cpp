#include "datapath/handoff.hpp"

#include <rte_mbuf.h>

#include <algorithm>
#include <cassert>

#include "datapath/packet_from_mbuf.hpp"
#include "switching/steer.hpp"

namespace encluster::datapath {

Handoff::Handoff(std::size_t workers) : workers_(workers), rings_(workers * workers * 2) {
  assert(workers > 1);
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    const std::size_t pair = i / 2;
    if (pair / workers == pair % workers) continue;
    rings_[i] = std::make_unique<HandoffRing>(frames(workers));
  }
}

Handoff::~Handoff() {
  for (const auto& ring : rings_) {
    if (ring == nullptr) continue;
    while (const auto frame = ring->pop()) rte_pktmbuf_free(frame->buffer);
  }
}

std::size_t Handoff::frames(std::size_t workers) noexcept {
  constexpr std::size_t kToOneWorker = 1024;
  constexpr std::size_t kFewest = 64;
  return std::max(kFewest, kToOneWorker / (workers - 1));
}

std::size_t Handoff::total_frames(std::size_t workers) noexcept {
  return workers < 2 ? 0 : workers * (workers - 1) * 2 * frames(workers);
}

std::span<Packet> Exchange::keep_own(std::span<Packet> burst) noexcept {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < burst.size(); ++i) {
    const Packet& packet = burst[i];
    const WorkerId owner =
        switching::steer({packet.frame, packet.length}, packet.origin, handoff_.workers());
    if (owner != worker_) {
      hand_over(packet, owner);
    } else {
      if (kept != i) burst[kept] = packet;
      ++kept;
    }
  }
  return burst.first(kept);
}

void Exchange::hand_over(const Packet& packet, WorkerId owner) noexcept {
  const Side side = packet.origin == Origin::network ? Side::outside : Side::inside;
  if (handoff_.ring(worker_, owner, side).push({&buffer_of(packet), packet.network})) {
    return counters_.handed_over.add();
  }
  counters_.drops[static_cast<std::size_t>(DropReason::handoff_full)].add();
  rte_pktmbuf_free(&buffer_of(packet));
}

}  // namespace encluster::datapath
