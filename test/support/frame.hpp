// The bytes of one frame, and packets over them.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "encluster/packet.hpp"
#include "encluster/types.hpp"

namespace encluster::test {

/// One frame, and room behind it in which a reply may grow.
class Frame {
 public:
  static constexpr std::size_t kTailroom = 256;

  Frame() = default;
  /// With a tailroom of zero, a sanitizer catches the first byte read behind the frame.
  explicit Frame(std::vector<std::byte> bytes, std::size_t tailroom = kTailroom)
      : storage_(std::move(bytes)), size_(storage_.size()) {
    storage_.resize(size_ + tailroom);
    storage_.shrink_to_fit();
  }

  [[nodiscard]] std::byte* data() noexcept { return storage_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return storage_.size(); }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::span(storage_).first(size_);
  }
  friend bool operator==(const Frame& a, const Frame& b) noexcept;

 private:
  std::vector<std::byte> storage_;
  std::size_t size_ = 0;
};

/// A packet over the frame's bytes as a device would hand it over, not parsed yet. The frame must
/// outlive it and stay where it is.
[[nodiscard]] Packet as_packet(Frame& frame, Origin origin = Origin::network,
                               NetworkIndex network = 0);

/// As as_packet, and parsed.
/// @throws std::invalid_argument if it is no message, which fails the test.
[[nodiscard]] Packet parsed(Frame& frame, Origin origin = Origin::network,
                            NetworkIndex network = 0);

}  // namespace encluster::test
