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

Packet* Emitter::copy_of(const Packet& packet, Seconds now) noexcept {
  if (now != copies_second_) {
    copies_second_ = now;
    copies_ = 0;
  }
  if (copies_ == kCopiesPerSecond) return nullptr;
  Packet* copy = allocate(packet.length);
  if (copy == nullptr) return nullptr;
  ++copies_;
  const auto [frame, handle, capacity] = std::tuple(copy->frame, copy->handle, copy->capacity);
  *copy = packet;
  copy->frame = frame;
  copy->handle = handle;
  copy->capacity = capacity;
  std::memcpy(frame, packet.frame, packet.length);
  return copy;
}

Packet* Emitter::segment(const net::BareSegment& segment) noexcept {
  Packet* packet = allocate(net::kBareSegmentBytes);
  if (packet != nullptr) net::write_segment(*packet, segment);
  return packet;
}

}  // namespace encluster::switching
