// Another configuration while packets flow: a part of Daemon.
#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <set>
#include <stdexcept>
#include <utility>

#include "control/configuration_reload.hpp"
#include "control/parse_configuration.hpp"
#include "enclusterd/daemon.hpp"
#include "services/in_tree.hpp"

namespace encluster {

using control::Configuration;

void Daemon::reload_if_right() {
  try {
    reload();
  } catch (const std::runtime_error&) {
    return;  // it is in the log
  }
}

void Daemon::reload() {
  sd_notify(0, "RELOADING=1");
  std::string problem;
  try {
    take_over(control::parse_configuration(configuration_.places.file()));
  } catch (const std::exception& refusal) {
    problem = refusal.what();
  }
  sd_notify(0, "READY=1");
  alarms_.note_reload(problem);
  if (problem.empty()) return;
  log_.error("reload_refused", {{"problem", problem}});
  throw std::runtime_error(problem);
}

void Daemon::take_over(Configuration next) {
  const auto conflicts = control::reload_conflicts(configuration_, next);
  if (!conflicts.empty()) throw std::runtime_error(fmt::format("{}", fmt::join(conflicts, "; ")));
  check_services(next, plugins_);
  control::AgentTokens tokens;
  if (next.agents) tokens = control::AgentTokens::read(next.agents->token_file);
  std::optional<rest::BearerToken> token;
  if (next.rest) token = rest::BearerToken::read(next.rest->token_file);
  switching::ClusterState state = cluster_for(next, devices_);
  roster_.apply_to(state);
  exports_.exports_under(next).apply_to(state);
  if (agents_) state.leases = agents_->leases_under(next);
  controller_.reload(std::move(state));
  configuration_ = std::move(next);
  if (agents_) agents_->reconfigure(configuration_, std::move(tokens));
  exports_.reconfigure(configuration_);
  if (rest_) rest_->set_token(std::move(*token));
  forget_absent_nodes(roster_, configuration_, log_);
  watch_nodes();
  set_up_local_stack();
  for (const NodeId node : std::set(recovery_.awaited())) {
    if (!reporting_nodes(configuration_).contains(node)) recovery_.lost(node);
  }
  log_.info("reloaded", {{"generation", publisher_.current().generation}});
}

}  // namespace encluster
