// A plugin as somebody else would build it: from the headers in include/ alone.
#include <memory>

#include "encluster/routing_function.hpp"

namespace {

class DropEverything final : public encluster::RoutingFunction {
 public:
  void route(std::span<encluster::RouteRequest* const> burst,
             encluster::WorkerContext&) const noexcept override {
    for (encluster::RouteRequest* const request : burst) {
      request->drop(encluster::DropReason::routing_function);
    }
  }
};

std::shared_ptr<const encluster::RoutingFunction> make_routing(const encluster::ServiceConfig&,
                                                               const encluster::ClusterView&) {
  return std::make_shared<DropEverything>();
}

}  // namespace

extern "C" const encluster::PluginEntry encluster_plugin;
const encluster::PluginEntry encluster_plugin{encluster::kPluginInterfaceVersion, "drop-everything",
                                              make_routing};
