// A network device without hardware, whose other end is in the test's hand.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

struct rte_ring;

namespace encluster::datapath {

using Frame = std::vector<std::byte>;

/// The far end of a net_ring device of this name. What the device sends and what it will receive
/// stand in one ring, so a test receives all of one before it makes the other.
class RingDevice {
 public:
  /// @pre the device is open.
  explicit RingDevice(const std::string& name);

  /// Lets the device receive a frame.
  void feed(const Frame& frame);
  /// The next frame that the device sent.
  [[nodiscard]] std::optional<Frame> sent();

 private:
  rte_ring* ring_;
};

}  // namespace encluster::datapath
