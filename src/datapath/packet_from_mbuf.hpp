// What DPDK says of a received buffer, as a Packet. Private to the data path.
#pragma once

#include <rte_mbuf.h>

#include "datapath/vlan.hpp"
#include "encluster/packet.hpp"

namespace encluster::datapath {

/// @pre the packet came from describe() or from MbufPool.
[[nodiscard]] inline rte_mbuf& buffer_of(const Packet& packet) noexcept {
  return *static_cast<rte_mbuf*>(packet.handle);
}

/// Fills in the creator's part of `packet`, which is empty before, from a buffer that was found to
/// be a frame without tag.
inline void fill_in(Packet& packet, rte_mbuf& buffer) noexcept {
  packet.frame = rte_pktmbuf_mtod(&buffer, std::byte*);
  packet.handle = &buffer;
  packet.length = buffer.data_len;
  packet.capacity = static_cast<std::uint16_t>(buffer.buf_len - buffer.data_off);
  packet.ip_checksum_verified =
      (buffer.ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD;
}

/// Prepares a buffer as it was received, and fills in the packet.
/// @param vlan of the device it came by, or kUntagged
/// @return why the buffer is no frame that the pipeline can work on, or `none`
[[nodiscard]] inline DropReason describe(rte_mbuf& buffer, Packet& packet,
                                         std::uint16_t vlan) noexcept {
  // Some drivers chain buffers though one holds the MTU; the pipeline reads one piece of memory.
  if (buffer.nb_segs > 1 && rte_pktmbuf_linearize(&buffer) != 0) return DropReason::oversized;
  const DropReason reason = take_tag_off(buffer, vlan);
  if (reason == DropReason::none) fill_in(packet, buffer);
  return reason;
}

}  // namespace encluster::datapath
