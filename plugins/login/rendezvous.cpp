#include "login/rendezvous.hpp"

#include <cmath>
#include <limits>

namespace encluster::login {

namespace {

/// The finalizer of SplitMix64: every bit of the input changes half of the output.
std::uint64_t mixed(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/// Exponentially distributed with rate `weight`. Of several such numbers, each is the least with a
/// probability that is proportional to its rate.
double arrival(std::uint64_t hash, NodeId node, std::uint16_t weight) noexcept {
  const std::uint64_t draw = mixed(hash ^ mixed(std::uint64_t{node.value()} + 1));
  const double uniform = (static_cast<double>(draw >> 11) + 1) * 0x1p-53;  // never 0
  return -std::log(uniform) / weight;
}

}  // namespace

std::optional<NodeId> rendezvous(std::uint64_t hash, std::span<const NodeId> candidates,
                                 std::span<const NodeStatus> nodes) noexcept {
  std::optional<NodeId> first;
  double least = std::numeric_limits<double>::infinity();
  for (const NodeId node : candidates) {
    if (node.value() >= nodes.size()) continue;
    const NodeStatus& status = nodes[node.value()];
    if (!status.takes_new_sessions()) continue;
    const double time = arrival(hash, node, status.weight);
    if (time >= least) continue;
    least = time;
    first = node;
  }
  return first;
}

}  // namespace encluster::login
