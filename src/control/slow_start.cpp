#include "control/slow_start.hpp"

#include <algorithm>

namespace encluster::control {

using switching::ClusterState;
using switching::kWholeShare;
using switching::NodeState;
using switching::RisingNode;

namespace {

/// The nodes that take sessions, and where they are.
std::map<NodeId, Ipv4Address> takers_of(const ClusterState& state) {
  std::map<NodeId, Ipv4Address> takers;
  if (!state.gateway_draining && state.gateway_weight != 0) {
    takers.emplace(kGateway, state.interconnect.address.address);
  }
  for (const NodeState& node : state.nodes) {
    if (node.up && !node.draining && node.weight != 0) takers.emplace(node.id, node.address);
  }
  return takers;
}

}  // namespace

std::vector<RisingNode> SlowStart::follow(const ClusterState& before, const ClusterState& next,
                                          Time now) {
  const auto took = takers_of(before);
  const auto take = takers_of(next);
  std::erase_if(begun_, [&](const auto& node) {
    return !take.contains(node.first) || now - node.second >= next.slow_start;
  });
  std::vector<RisingNode> rising;
  if (next.slow_start == std::chrono::seconds::zero()) return rising;
  for (const auto& taker : take) {
    if (std::ranges::find(took, taker) == took.end()) begun_[taker.first] = now;
    const auto begun = begun_.find(taker.first);
    if (begun == begun_.end()) continue;
    const auto steps = (kWholeShare - 1) * (now - begun->second) / next.slow_start;
    rising.push_back({taker.first, static_cast<std::uint8_t>(1 + steps)});
  }
  return rising;
}

}  // namespace encluster::control
