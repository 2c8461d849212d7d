// The partition of the dynamic ports among the nodes (paper: "Managing Cluster Ports and
// Connections"): who owns a port is arithmetic, so most packets need no table and no state.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::switching {

/// Immutable. Slice n holds ports first + n * size up to first + (n + 1) * size - 1 and belongs to
/// node n; node 0 is the gateway. A slice whose node does not exist belongs to nobody.
class Slices {
 public:
  /// No slices at all.
  Slices() = default;

  /// @pre size is a power of two, and every node's slice ends at or below 65535.
  Slices(PortNumber first, std::uint32_t size, const std::vector<NodeId>& nodes);

  /// The largest power of two that gives nodes 0 to `highest` a slice each inside first..last;
  /// nothing if not even one port each fits.
  [[nodiscard]] static std::optional<std::uint32_t> largest_size(PortNumber first, PortNumber last,
                                                                 NodeId highest) noexcept;

  /// The node whose slice holds `port`, if it exists.
  [[nodiscard]] std::optional<NodeId> owner(PortNumber port) const noexcept {
    const std::uint32_t offset = static_cast<std::uint32_t>(port.value()) - first_;
    const std::uint32_t slice = offset >> shift_;
    if (slice >= present_.size() || !present_[slice]) return std::nullopt;
    return NodeId(static_cast<std::uint16_t>(slice));
  }

  /// First and last port of a node's slice. @pre the node was given to the constructor.
  [[nodiscard]] std::pair<PortNumber, PortNumber> slice_of(NodeId node) const noexcept;

 private:
  std::uint32_t first_ = 0;
  unsigned shift_ = 0;
  std::vector<std::uint8_t> present_;  ///< index: slice; 1 where the node exists
};

}  // namespace encluster::switching
