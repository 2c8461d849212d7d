// How much room a frame needs, in buffers and in a driver's rings.
#pragma once

#include <cstdint>
#include <string>

namespace encluster::datapath {

/// Bytes that a buffer, or a slot of a ring, has for a frame at this MTU: Ethernet header, two
/// tags, FCS, and what the kernel's packet rings keep in front. Whole KiB, which some cards count
/// buffers in; two at least, DPDK's own default.
[[nodiscard]] constexpr std::uint32_t frame_room(std::uint16_t mtu) noexcept {
  constexpr std::uint32_t kAround = 92;
  constexpr std::uint32_t kKilobyte = 1024;
  const std::uint32_t needed = (mtu + kAround + kKilobyte - 1) / kKilobyte * kKilobyte;
  return needed < 2 * kKilobyte ? 2 * kKilobyte : needed;
}

/// The device's text, with ring slots large enough for the MTU, and rings long enough for a worker
/// that shares its processor, where the driver has to be told (af_packet) and the text does not.
/// @throws DatapathError if the slots that the text asks for are too small
[[nodiscard]] std::string with_frame_room(const std::string& device, std::uint16_t mtu);

}  // namespace encluster::datapath
