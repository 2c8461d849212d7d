// Clusters and calls at random: most calls are right, many nearly so.
#pragma once

#include "differential/rpc/reference.hpp"
#include "support/random.hpp"

namespace encluster::reference {

/// Some exports of three nodes, and perhaps the gateway.
[[nodiscard]] Cluster random_cluster(test::Random& random);

/// A call that may concern the cluster.
[[nodiscard]] test::Bytes random_call(const Cluster& cluster, Service service,
                                      test::Random& random);

[[nodiscard]] test::Asker random_asker(test::Random& random);

}  // namespace encluster::reference
