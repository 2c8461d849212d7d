// Buffers from the heap, for tests of what makes packets itself.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include "support/frame.hpp"
#include "switching/packet_pool.hpp"

namespace encluster::test {

/// Keeps every buffer until it is destroyed.
class HeapPool : public switching::PacketPool {
 public:
  /// @param buffers how many there are
  explicit HeapPool(std::size_t buffers = std::numeric_limits<std::size_t>::max())
      : buffers_(buffers) {}

  bool allocate(Packet& packet, std::uint16_t bytes) noexcept override {
    if (frames_.size() == buffers_) return false;
    frames_.push_back(std::make_unique<Frame>(std::vector<std::byte>(bytes), 0));
    packet.frame = frames_.back()->data();
    packet.handle = frames_.back().get();
    packet.capacity = bytes;
    return true;
  }
  [[nodiscard]] std::size_t taken() const { return frames_.size(); }

 private:
  std::size_t buffers_;
  std::vector<std::unique_ptr<Frame>> frames_;
};

}  // namespace encluster::test
