#include "switching/slices.hpp"

#include <bit>
#include <cassert>

namespace encluster::switching {

Slices::Slices(PortNumber first, std::uint32_t size, const std::vector<NodeId>& nodes)
    : first_(first.value()), shift_(static_cast<unsigned>(std::countr_zero(size))) {
  assert(std::has_single_bit(size));
  for (const NodeId node : nodes) {
    assert(first_ + (node.value() + std::uint32_t{1}) * size <= 65536);
    if (present_.size() <= node.value()) present_.resize(node.value() + std::size_t{1});
    present_[node.value()] = 1;
  }
}

std::optional<std::uint32_t> Slices::largest_size(PortNumber first, PortNumber last,
                                                  NodeId highest) noexcept {
  if (last < first) return std::nullopt;
  const std::uint32_t ports = static_cast<std::uint32_t>(last.value()) - first.value() + 1;
  const std::uint32_t size = std::bit_floor(ports / (highest.value() + std::uint32_t{1}));
  if (size == 0) return std::nullopt;
  return size;
}

std::pair<PortNumber, PortNumber> Slices::slice_of(NodeId node) const noexcept {
  assert(node.value() < present_.size() && present_[node.value()] != 0);
  const std::uint32_t start = first_ + (std::uint32_t{node.value()} << shift_);
  const std::uint32_t end = start + (std::uint32_t{1} << shift_) - 1;
  return {PortNumber(static_cast<std::uint16_t>(start)),
          PortNumber(static_cast<std::uint16_t>(end))};
}

}  // namespace encluster::switching
