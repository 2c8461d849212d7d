// Ways through gateways that differ in scale: what the model in docs/performance.md is made from.
#pragma once

#include <memory>
#include <memory_resource>
#include <vector>

#include "gateway.hpp"
#include "workload.hpp"

namespace encluster::bench {

struct Model {
  std::vector<std::unique_ptr<Gateway>> gateways;    ///< outlive the paths
  std::vector<std::unique_ptr<Workload>> workloads;  ///< named CLASS WAY LOGINS/REMOTES/NODES
};

/// @param with_large also 10 M logins, which take 300 MB and some seconds
[[nodiscard]] Model make_model(std::pmr::memory_resource* memory, bool with_large);

}  // namespace encluster::bench
