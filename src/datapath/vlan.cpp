#include "datapath/vlan.hpp"

#include <rte_ether.h>
#include <rte_mbuf.h>

namespace encluster::datapath {

namespace {

constexpr std::uint16_t kIdentifier = 0x0fff;  ///< the rest of a tag is priority and drop hint

bool has_room_for_tag(const rte_mbuf& buffer) noexcept {
  return buffer.data_len >= RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN;
}

bool stripped(const rte_mbuf& buffer) noexcept {
  return (buffer.ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0;
}

}  // namespace

DropReason take_tag_off(rte_mbuf& buffer, std::uint16_t vlan) noexcept {
  if ((buffer.ol_flags & RTE_MBUF_F_RX_QINQ_STRIPPED) != 0) return DropReason::vlan;
  // Moves a tag of the frame to where a device puts those it has taken off.
  if (!stripped(buffer) && has_room_for_tag(buffer)) static_cast<void>(rte_vlan_strip(&buffer));
  const auto found =
      static_cast<std::uint16_t>(stripped(buffer) ? buffer.vlan_tci & kIdentifier : kUntagged);
  if (found == vlan) return DropReason::none;
  return found == kUntagged ? DropReason::vlan_missing : DropReason::vlan;
}

bool put_tag_on(rte_mbuf& buffer, std::uint16_t vlan) noexcept {
  rte_mbuf* frame = &buffer;
  buffer.vlan_tci = vlan;
  return rte_vlan_insert(&frame) == 0;
}

}  // namespace encluster::datapath
