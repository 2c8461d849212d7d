// The pipeline's ways that are worth measuring.
#pragma once

#include <memory>
#include <memory_resource>
#include <vector>

#include "gateway.hpp"
#include "workload.hpp"

namespace encluster::bench {

/// The gateways that the paths lead through.
struct Gateways {
  /// @param with_large also one with 10 M logins, which takes 300 MB and some seconds
  Gateways(std::pmr::memory_resource* memory, bool with_large);

  Gateway few;    ///< logins
  Gateway many;   ///< logins, and some of everything else
  Gateway nodes;  ///< connections that nodes opened
  Gateway flooded;
  Gateway strict;
  Gateway files;                   ///< logins, and nodes that serve NFS
  std::unique_ptr<Gateway> large;  ///< may be null
};

/// @param gateways outlives the paths
[[nodiscard]] std::vector<std::unique_ptr<Workload>> paths_through(Gateways& gateways);

}  // namespace encluster::bench
