// How busy nodes are, as far as workers have to know.
#pragma once

#include <optional>
#include <vector>

#include "switching/cluster_state.hpp"

namespace encluster::control {

/// Whether a service wants to know loads (`scheduler: least-loaded`).
[[nodiscard]] bool wants_loads(const switching::ClusterState& state);

/// The loads that are worth a new snapshot, instead of those that the snapshot has; nothing if they
/// say the same. Agents tell loads twice a second, and each one differs a little from the last: a
/// snapshot for each would keep the control thread busy, for schedulers that do not decide
/// otherwise. So a load counts as changed by a tenth of a task a CPU, or an eighth of itself if
/// that is more, from what is published; and whoever calls this does so no more than once a second.
[[nodiscard]] std::optional<std::vector<switching::NodeLoad>> changed_loads(
    const std::vector<switching::NodeLoad>& published,
    const std::vector<switching::NodeLoad>& reported);

}  // namespace encluster::control
