#include "datapath/frame_room.hpp"

#include <cerrno>
#include <charconv>
#include <string_view>

#include "datapath/error.hpp"

namespace encluster::datapath {

namespace {

/// af_packet's default.
constexpr std::uint32_t kDefaultSlot = 2048;
/// A block holds whole slots and is of whole pages; the driver wants the number of slots, 512, to
/// be a multiple of those in a block.
constexpr std::uint32_t kSlotsInBlock = 4;

std::string slots_for(std::uint16_t mtu) {
  const std::uint32_t slot = frame_room(mtu);
  return "framesz=" + std::to_string(slot) + ",blocksz=" + std::to_string(kSlotsInBlock * slot);
}

}  // namespace

std::string with_frame_room(const std::string& device, std::uint16_t mtu) {
  constexpr std::string_view kKey = ",framesz=";
  const bool has_slots = device.starts_with("net_af_packet") || device.starts_with("eth_af_packet");
  if (!has_slots) return device;
  const std::size_t at = device.find(kKey);
  if (at == std::string::npos) {
    return frame_room(mtu) <= kDefaultSlot ? device : device + ',' + slots_for(mtu);
  }
  std::uint32_t slot = 0;
  std::from_chars(device.data() + at + kKey.size(), device.data() + device.size(), slot);
  if (slot < frame_room(mtu)) {
    fail("device \"" + device + "\" has frames too small for an MTU of " + std::to_string(mtu),
         EINVAL, "leave framesz and blocksz out, or use " + slots_for(mtu));
  }
  return device;
}

}  // namespace encluster::datapath
