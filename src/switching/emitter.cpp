#include "switching/emitter.hpp"

#include <cstring>
#include <tuple>

namespace encluster::switching {

Packet* Emitter::allocate(std::uint16_t bytes) noexcept {
  if (room() == 0) return nullptr;
  Packet& packet = packets_[count_];
  packet = Packet{};
  if (!pool_->allocate(packet, bytes)) return nullptr;
  ++count_;
  return &packet;
}

/// An allocated packet that is as `packet` in everything but its buffer and its length.
Packet* Emitter::like(const Packet& packet, std::uint16_t bytes) noexcept {
  Packet* other = allocate(bytes);
  if (other == nullptr) return nullptr;
  const auto [frame, handle, capacity] = std::tuple(other->frame, other->handle, other->capacity);
  *other = packet;
  other->frame = frame;
  other->handle = handle;
  other->length = bytes;
  other->capacity = capacity;
  return other;
}

std::span<Packet> Emitter::pieces_of(const Packet& packet, std::size_t count,
                                     std::uint16_t bytes) noexcept {
  if (room() < count) return {};
  const std::size_t first = count_;
  while (count_ < first + count) {
    if (like(packet, bytes) != nullptr) continue;
    // What has been allocated has nothing to carry, and goes back by the way of all packets.
    for (Packet& piece : packets().subspan(first)) piece.drop(DropReason::no_buffer);
    return {};
  }
  return packets().subspan(first);
}

Packet* Emitter::copy_of(const Packet& packet, Seconds now) noexcept {
  if (now != copies_second_) {
    copies_second_ = now;
    copies_ = 0;
  }
  if (copies_ == kCopiesPerSecond) return nullptr;
  Packet* copy = like(packet, packet.length);
  if (copy == nullptr) return nullptr;
  ++copies_;
  std::memcpy(copy->frame, packet.frame, packet.length);
  return copy;
}

Packet* Emitter::segment(const net::BareSegment& segment) noexcept {
  Packet* packet = allocate(net::kBareSegmentBytes);
  if (packet != nullptr) net::write_segment(*packet, segment);
  return packet;
}

}  // namespace encluster::switching
