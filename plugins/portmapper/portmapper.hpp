// The cluster's portmapper is the gateway's own rpcbind: this keeps from it whom it is not for, and
// who asks too much. Its answers are several times as long as questions, and questions over UDP can
// be forged.
#pragma once

#include <memory>

#include "encluster/routing_function.hpp"

namespace encluster::portmapper {

/// Plugin `portmapper`. Options: `clients`, networks with blanks between them, left out: everybody;
/// `rate`, calls of a remote within a second, of which each worker lets so many through.
/// @throws ServiceError
[[nodiscard]] std::shared_ptr<const RoutingFunction> make_portmapper(const ServiceConfig& config,
                                                                     const ClusterView& view);

}  // namespace encluster::portmapper
