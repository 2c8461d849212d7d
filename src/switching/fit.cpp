#include "switching/fit.hpp"

#include <algorithm>

#include "net/headers.hpp"
#include "net/reply.hpp"
#include "net/split.hpp"

namespace encluster::switching {

namespace {

bool must_not_be_fragmented(const Packet& packet) noexcept {
  const auto& ip = packet.header_at<net::Ipv4Header>(packet.l3);
  return (ip.flags_and_offset.host() & net::kDontFragment) != 0;
}

bool is_later_fragment(const Packet& packet) noexcept {
  const auto& ip = packet.header_at<net::Ipv4Header>(packet.l3);
  return (ip.flags_and_offset.host() & net::kFragmentOffsetMask) != 0;
}

/// Who tells the sender: to a remote the cluster, to a node the gateway.
Ipv4Address speaker(const Packet& packet, const BurstContext& context) noexcept {
  return packet.origin == Origin::network ? packet.destination
                                          : context.snapshot.interconnect.address.address;
}

}  // namespace

bool refuse_too_big(Packet& packet, std::uint16_t mtu, const BurstContext& context) noexcept {
  if (!must_not_be_fragmented(packet)) return false;
  // Only a first fragment may be answered (RFC 1122, section 3.2.2).
  if (is_later_fragment(packet) ||
      !net::turn_into_unreachable(packet, net::kIcmpFragmentationNeeded, speaker(packet, context),
                                  mtu)) {
    packet.drop(DropReason::too_big);
    return true;
  }
  packet.verdict = Verdict::answer;
  packet.reason = DropReason::too_big;
  packet.egress = packet.origin == Origin::network ? packet.network : kInterconnect;
  return true;
}

std::span<Packet> split(Packet& packet, std::uint16_t mtu, BurstContext& context) noexcept {
  const std::uint16_t bytes = net::bytes_a_piece(packet, mtu);
  const auto all = static_cast<std::uint16_t>(packet.end - packet.l4);
  const bool divisible = bytes != 0 && !must_not_be_fragmented(packet);
  const std::size_t others = divisible ? (all - 1u) / bytes : 0;
  if (others == 0) {
    packet.drop(DropReason::too_big);
    return {};
  }
  const std::span<Packet> pieces =
      context.emitter.pieces_of(packet, others, static_cast<std::uint16_t>(packet.l4 + bytes));
  if (pieces.empty()) {
    packet.drop(DropReason::no_buffer);
    return {};
  }
  std::uint16_t from = bytes;
  for (Packet& piece : pieces) {
    const auto length = std::min<std::uint16_t>(bytes, static_cast<std::uint16_t>(all - from));
    net::write_piece(packet, from, length, piece);
    from = static_cast<std::uint16_t>(from + length);
  }
  net::cut_to_first_piece(packet, bytes);
  return pieces;
}

}  // namespace encluster::switching
