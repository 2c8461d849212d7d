#include "control/node_loads.hpp"

#include <algorithm>
#include <cstdlib>

namespace encluster::control {

using switching::ClusterState;
using switching::NodeLoad;

namespace {

constexpr int kLeastStep = 10;  ///< hundredths
constexpr int kPartStep = 8;

bool says_the_same(const NodeLoad& published, const NodeLoad& reported) {
  const int before = published.load;
  const int step = std::max(kLeastStep, before / kPartStep);
  return published.node == reported.node && std::abs(reported.load - before) < step;
}

}  // namespace

bool wants_loads(const ClusterState& state) {
  return std::ranges::any_of(state.services, [](const ServiceConfig& service) {
    const auto scheduler = service.options.find("scheduler");
    return scheduler != service.options.end() && scheduler->second == "least-loaded";
  });
}

std::optional<std::vector<NodeLoad>> changed_loads(const std::vector<NodeLoad>& published,
                                                   const std::vector<NodeLoad>& reported) {
  if (std::ranges::equal(published, reported, says_the_same)) return std::nullopt;
  return reported;
}

}  // namespace encluster::control
