// The workers' connections, page by page.
#pragma once

#include <functional>
#include <string>

#include "datapath/worker_group.hpp"
#include "encluster/types.hpp"
#include "rest/gateway.hpp"
#include "switching/connection_table.hpp"

namespace encluster::rest {

struct ConnectionNames {
  std::function<std::string(NodeId)> node;
  std::function<std::string(ServiceIndex)> service;  ///< empty: none
  std::function<Seconds()> now;                      ///< the workers'
};

/// As callers see it. @pre it is no alias
[[nodiscard]] ConnectionView view_of(const switching::Connection& connection,
                                     const ConnectionNames& names);

/// Asks the workers until there is what was asked for, or they had to look at much of their tables:
/// then the list is shorter, or empty. Control thread.
/// @param workers outlives the answer
void list_connections(datapath::WorkerGroup& workers, const ConnectionQuery& query,
                      ConnectionNames names, Gateway::Listed listed);

}  // namespace encluster::rest
