// The maximum segment size that TCP ends announce to each other (RFC 9293, section 3.7.1).
#pragma once

#include <cstdint>

#include "encluster/packet.hpp"

namespace encluster::net {

/// Headers of a segment without options; the MSS counts what follows them.
inline constexpr std::uint16_t kSegmentHeaders = 40;

/// Lowers the MSS that a SYN or SYN-ACK announces to `limit` bytes, if it is larger.
/// @pre parsed as a TCP message.
void clamp_mss(Packet& syn, std::uint16_t limit) noexcept;

}  // namespace encluster::net
