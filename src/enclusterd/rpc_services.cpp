#include "enclusterd/rpc_services.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>

namespace encluster {

void RpcServices::serve(const control::Configuration& configuration) {
  registration_.configure(configuration);
  const bool wanted = std::ranges::any_of(
      configuration.services,
      [](const control::ServiceEntry& service) { return service.config.plugin == "mount"; });
  if (wanted && !lists_) serve_lists();
  if (!wanted) lists_.reset();
  controller_.set_mount_lists_port(lists_ ? lists_->port() : PortNumber());
}

/// Without it, calls for lists get to the mountd of the gateway, if there is one.
void RpcServices::serve_lists() {
  try {
    lists_.emplace(
        context_.get_executor(),
        [this]() -> const switching::ClusterState& { return controller_.state(); },
        mount_responder::Collector::Limits(), log_);
    log_.info("mount_lists", {{"port", lists_->port().value()}});
  } catch (const boost::system::system_error& problem) {
    log_.error("mount_lists_failed", {{"problem", problem.what()}});
  }
}

void RpcServices::log_counts() const {
  if (!lists_) return;
  const mount_responder::Counts& counts = lists_->counts();
  log_.info("mount_lists", {{"answered", counts.answered},
                            {"too_long", counts.too_long},
                            {"rate_limited", counts.rate_limited},
                            {"repeated", counts.repeated},
                            {"garbage", counts.garbage},
                            {"unsent", counts.unsent}});
}

}  // namespace encluster
