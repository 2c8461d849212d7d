// A network device without hardware, whose other end is in the test's hand.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct rte_mbuf;
struct rte_ring;

namespace encluster::datapath {

using Bytes = std::vector<std::byte>;

/// A buffer of the test pool that holds these bytes. The caller owns it.
[[nodiscard]] rte_mbuf* make_buffer(std::span<const std::byte> bytes);

/// The far end of one queue pair of a net_ring device of this name. What the device sends and what
/// it will receive stand in one ring, so a test takes all of one before it makes the other.
class RingDevice {
 public:
  /// @pre the device is open.
  explicit RingDevice(const std::string& name, unsigned queue = 0);
  RingDevice(const RingDevice&) = delete;
  RingDevice& operator=(const RingDevice&) = delete;
  /// Frees what is left.
  ~RingDevice();

  /// Lets the device receive a frame.
  void feed(std::span<const std::byte> frame);
  /// The next frame that the device sent.
  [[nodiscard]] std::optional<Bytes> sent();

 private:
  rte_ring* ring_;
};

}  // namespace encluster::datapath
