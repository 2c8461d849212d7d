#include "login/rendezvous.hpp"

#include <cmath>

namespace encluster::login {

namespace {

/// What a candidate drew, uniformly distributed, and its weight.
struct Draw {
  NodeId node;
  std::uint16_t weight;
  std::uint64_t number;
};

/// Number n of SplitMix64 (Steele, Lea, Flood 2014) seeded with the hash: every bit of either
/// changes half of the result.
std::uint64_t number_of(std::uint64_t hash, NodeId node) noexcept {
  std::uint64_t z = hash + (std::uint64_t{node.value()} + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// Exponentially distributed with rate `weight`. Of several such times, each is the least with a
/// probability that is proportional to its rate.
double arrival(const Draw& draw) noexcept {
  const double uniform = (static_cast<double>(draw.number >> 11) + 1) * 0x1p-53;  // never 0
  return -std::log(uniform) / draw.weight;
}

/// Whether the candidate arrives before the other. Logarithms are needed only where the one drew
/// more and the other weighs more: never among equal weights.
bool is_before(const Draw& draw, const Draw& other) noexcept {
  if (draw.number <= other.number && draw.weight <= other.weight) return false;
  if (draw.number >= other.number && draw.weight >= other.weight) return true;
  return arrival(draw) < arrival(other);
}

}  // namespace

std::optional<NodeId> rendezvous(std::uint64_t hash, std::span<const NodeId> candidates,
                                 std::span<const NodeStatus> nodes) noexcept {
  std::optional<Draw> first;
  for (const NodeId node : candidates) {
    if (node.value() >= nodes.size()) continue;
    const NodeStatus& status = nodes[node.value()];
    if (!status.takes_new_sessions()) continue;
    const Draw draw{node, status.weight, number_of(hash, node)};
    if (!first.has_value() || is_before(draw, *first)) first = draw;
  }
  return first.has_value() ? std::optional(first->node) : std::nullopt;
}

}  // namespace encluster::login
