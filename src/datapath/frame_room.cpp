#include "datapath/frame_room.hpp"

#include <cerrno>
#include <charconv>
#include <string_view>

#include "datapath/error.hpp"

namespace encluster::datapath {

namespace {

/// af_packet's default.
constexpr std::uint32_t kDefaultSlot = 2048;
/// A block holds whole slots and is of whole pages; the number of slots has to be a multiple of
/// those in a block.
constexpr std::uint32_t kSlotsInBlock = 4;
/// Of a ring. The kernel fills it whether the worker has a processor or not, and the scheduler may
/// give it to others for milliseconds: 4096 frames are eight of them at half a million a second.
constexpr std::uint32_t kRingBytes = 8u << 20;

std::string slots_for(std::uint16_t mtu) {
  const std::uint32_t slot = frame_room(mtu);
  return "framesz=" + std::to_string(slot) + ",blocksz=" + std::to_string(kSlotsInBlock * slot);
}

std::string ring_of_slots(std::uint32_t slot) {
  return "framecnt=" + std::to_string(kRingBytes / slot / kSlotsInBlock * kSlotsInBlock);
}

/// The text sizes the ring itself.
bool has_ring(const std::string& device) {
  return device.find(",framecnt=") != std::string::npos ||
         device.find(",blocksz=") != std::string::npos;
}

/// @throws DatapathError if the slots are too small
void check_slots(const std::string& device, std::size_t value, std::uint16_t mtu) {
  std::uint32_t slot = 0;
  std::from_chars(device.data() + value, device.data() + device.size(), slot);
  if (slot < frame_room(mtu)) {
    fail("device \"" + device + "\" has frames too small for an MTU of " + std::to_string(mtu),
         EINVAL, "leave framesz and blocksz out, or use " + slots_for(mtu));
  }
}

}  // namespace

std::string with_frame_room(const std::string& device, std::uint16_t mtu) {
  constexpr std::string_view kSlot = ",framesz=";
  const bool has_slots = device.starts_with("net_af_packet") || device.starts_with("eth_af_packet");
  if (!has_slots) return device;
  if (const std::size_t at = device.find(kSlot); at != std::string::npos) {
    check_slots(device, at + kSlot.size(), mtu);
    return device;
  }
  std::string text = device;
  if (frame_room(mtu) > kDefaultSlot) text += ',' + slots_for(mtu);
  if (!has_ring(device)) text += ',' + ring_of_slots(frame_room(mtu));
  return text;
}

}  // namespace encluster::datapath
