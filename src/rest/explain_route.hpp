// "Where would this go?": asked of the worker whose packet it would be, and told with what it
// looked at on the way.
#pragma once

#include <functional>
#include <string>

#include "datapath/worker_group.hpp"
#include "rest/gateway.hpp"
#include "switching/snapshot.hpp"

namespace encluster::rest {

struct RouteNames {
  std::function<std::string(NodeId)> node;
  std::function<const switching::Snapshot&()> snapshot;  ///< the current one
};

/// The verdict, the rule and the frame are the pipeline's own: it decides as for any packet, and
/// changes nothing. What it looked at is told from the snapshot. Control thread.
/// @param workers outlives the answer
/// @throws BadRequest if the question's side does not exist
void explain_route(datapath::WorkerGroup& workers, const RouteQuestion& question, RouteNames names,
                   Gateway::Routed routed);

}  // namespace encluster::rest
