// VLAN tags (IEEE 802.1Q): taken off where frames come in and put on where they leave, so that
// nothing in between sees one.
#pragma once

#include <cstdint>

#include "encluster/drop_reason.hpp"

struct rte_mbuf;

namespace encluster::datapath {

/// The VLAN of a device whose frames have no tag.
inline constexpr std::uint16_t kUntagged = 0;

/// Takes the frame's tag off, be it in the frame or already, by the device, beside it. A tag of
/// VLAN 0 has a priority only, and counts as none. Of two tags the second stays, for the parser to
/// refuse.
/// @param vlan the device's, or kUntagged
/// @return `none` if the frame belongs to it; `vlan` or `vlan_missing` otherwise
[[nodiscard]] DropReason take_tag_off(rte_mbuf& buffer, std::uint16_t vlan) noexcept;

/// Puts the tag of a VLAN, with priority 0, into the frame.
/// @return false if there is no room in front of it
[[nodiscard]] bool put_tag_on(rte_mbuf& buffer, std::uint16_t vlan) noexcept;

}  // namespace encluster::datapath
