// A node that begins to take sessions gets its share of them little by little.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "encluster/types.hpp"
#include "switching/cluster_state.hpp"

namespace encluster::control {

/// Which nodes rise, and how far they are. Control thread only; knows no clock. Copied to try a
/// change that may be refused.
///
/// A node rises from the moment at which it takes sessions and did not before, whatever the reason:
/// it was down, is new or has another address, was draining, or its weight was 0. Its share grows
/// in equal steps, to kWholeShare parts, over ClusterState::slow_start. A change of its weight
/// meanwhile takes effect at once, in the part that it has. One that stops taking sessions begins
/// anew later. The nodes of the first state do not rise: after the gateway's own start, nothing is
/// known of the time before.
class SlowStart {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The nodes of `next` that rise when it takes the place of `before`.
  [[nodiscard]] std::vector<switching::RisingNode> follow(const switching::ClusterState& before,
                                                          const switching::ClusterState& next,
                                                          Time now);

 private:
  std::map<NodeId, Time> begun_;  ///< nodes that rise
};

}  // namespace encluster::control
