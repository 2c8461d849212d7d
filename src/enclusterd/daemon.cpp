#include "enclusterd/daemon.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "enclusterd/own_sockets.hpp"
#include "enclusterd/status.hpp"

namespace encluster {

using control::Configuration;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// How soon an answer or a report of a worker is heard: packets wait for next hops. While there
/// are none, less and less soon.
constexpr milliseconds kEventsInterval{2};
constexpr milliseconds kIdleEventsInterval{16};
/// Freeing old snapshots, verifying the guard, telling the watchdog.
constexpr seconds kUpkeepInterval{1};
constexpr int kGuardEvery = 10;  ///< upkeeps
/// Until renumberings are forgotten whose socket is gone: sooner than the tables forget them, so
/// that a later connection with the same ports is not taken for the old one.
constexpr int kForgetEvery = 5;  ///< upkeeps

/// Three heartbeats, as agents are told to send them.
constexpr milliseconds kAgentSilence{1500};

/// Nodes that have not told by then which connections they have are not waited for any longer: an
/// agent that lives is back within a second.
constexpr seconds kRecoveryLimit{10};

/// The cluster of a gateway that does not know yet which connections there are.
switching::ClusterState forgetful_cluster_for(const Configuration& configuration,
                                              const datapath::Devices& devices,
                                              const control::Roster& roster,
                                              const control::ClusterExports& exports) {
  switching::ClusterState state = cluster_for(configuration, devices);
  roster.apply_to(state);
  exports.apply_to(state);
  state.recovering = true;
  return state;
}

std::uint64_t random_seed() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

}  // namespace

Daemon::Daemon(Configuration configuration, switching::PluginRegistry plugins, control::Logger& log)
    : log_(log),
      configuration_(std::move(configuration)),
      plugins_(std::move(plugins)),
      signals_(io_, SIGTERM, SIGINT),
      guards_(configuration_, log_),
      devices_(devices_for(configuration_)),
      taps_(open_taps(configuration_, devices_)),
      roster_(open_roster(configuration_, log_)),
      exports_(configuration_, export_hooks(), log_),
      controller_(forgetful_cluster_for(configuration_, devices_, roster_, exports_.current()),
                  plugins_, configuration_.workers),
      publisher_(controller_.first_snapshot(), configuration_.workers),
      engine_(devices_, configuration_.workers, worker_for(configuration_, random_seed()),
              publisher_, descriptors_of(taps_)),
      own_renumberings_(own_renumberings_file(configuration_.cluster.name)),
      restorer_(engine_.workers()),
      renumberings_(engine_.workers(),
                    [this](NodeId node, const auto& message) { tell_renumberings(node, message); }),
      recovery_(restorer_, reporting_nodes(configuration_),
                [this](const auto& summary) { recovered(summary); }),
      resets_(engine_.workers(),
              [this](NodeId node, std::uint32_t connections) {
                log_.warning("node_reset", {{"node", name_of(configuration_, node)},
                                            {"connections", connections}});
              }),
      neighbours_(io_.get_executor(), control::make_neighbour_table(links_of(taps_))),
      deaths_(kAgentSilence, death_hooks()),
      health_([this](NodeId node, bool up, const std::string& reason) {
        node_changed(node, up, reason);
      }),
      checks_(io_.get_executor(),
              [this](const control::CheckTarget& target, bool connected) {
                health_.note_check(target, connected);
              }),
      kernel_(
          io_.get_executor(), links_of(taps_),
          [this](const auto& routes, const auto& neighbours) {
            controller_.set_kernel_view(routes, neighbours);
          },
          [this](Egress egress, Ipv4Address address, control::NeighbourState state) {
            neighbours_.note(egress, address, state);
            health_.note_neighbour(egress, address, state);
            deaths_.note_neighbour(egress, address, state);
          }) {
  signals_.add(SIGHUP);
  signals_.add(SIGUSR1);
  controller_.publish_to([this](auto snapshot) { publisher_.publish(std::move(snapshot)); });
  log_steering();
  set_up_local_stack();
  watch_nodes();
  kernel_.start();
  neighbours_.start();
  recover_own();
  serve_agents();
  await_reports();
  serve_rest();
}

control::NodeDeaths::Hooks Daemon::death_hooks() {
  return {
      .unheard = [this](NodeId node) { ask_node(node); },
      .suspected = [this](NodeId node, const std::string& reason) { node_suspected(node, reason); },
      .died = [this](NodeId node) { node_died(node); }};
}

control::ExportRegistry::Hooks Daemon::export_hooks() {
  return {.publish = [this](const auto& exports) { controller_.set_exports(exports); },
          .tell =
              [this](NodeId node, const auto& answer) {
                if (agents_) agents_->tell(node, answer);
              },
          .tell_tree =
              [this](NodeId node, const auto& tree) {
                if (agents_) agents_->tell_tree(node, tree);
              }};
}

void Daemon::log_steering() {
  if (configuration_.workers == 1) return;
  const auto log = [this](const std::string& device, Egress egress) {
    const datapath::DeviceSteering& steering = devices_.steering(egress);
    if (steering.rss) {
      log_.info("steering", {{"device", device}, {"by", "rss"}});
    } else {
      log_.info("steering", {{"device", device}, {"by", "hand-off"}, {"why", steering.problem}});
    }
  };
  for (std::size_t i = 0; i < configuration_.networks.size(); ++i) {
    log(configuration_.networks[i].device, static_cast<Egress>(i));
  }
  log(configuration_.interconnect.device, kInterconnect);
}

void Daemon::set_up_local_stack() {
  const auto warnings = control::configure_local_stack(local_stack_for(configuration_));
  for (const std::string& warning : warnings) {
    log_.warning("local_stack", {{"problem", warning}});
  }
  rpc_.serve(configuration_);
}

void Daemon::watch_nodes() {
  const auto targets = control::check_targets(configuration_.services, configuration_.nodes);
  health_.watch(configuration_.nodes, targets);
  checks_.watch(targets);
  deaths_.watch(configuration_.nodes);
  neighbours_.keep(kept_neighbours(configuration_));
}

void Daemon::serve_agents() {
  if (!configuration_.agents) return;
  agents_.emplace(
      io_.get_executor(), configuration_,
      control::AgentService::Hooks{
          .publish = [this](auto leases) { controller_.set_leases(std::move(leases)); },
          .welcomed =
              [this](NodeId node) {
                renumberings_.tell_all();
                exports_.welcomed(node);
              },
          .reported = [this](NodeId node, const auto& sockets) { recovery_.report(node, sockets); },
          .exported = [this](NodeId node, const auto& told) { exports_.note(node, told); },
          .programs = [this](const auto& programs) { rpc_.serve_nodes(programs); },
          .heard = [this](NodeId node) { deaths_.heard(node, std::chrono::steady_clock::now()); },
          .left = [this](NodeId node) { deaths_.agent_left(node); }},
      log_);
  // The local stack is set up: the interconnect's TAP has the address.
  agents_->start();
}

void Daemon::serve_rest() {
  if (!configuration_.rest) return;
  rest_.emplace(io_.get_executor(), rest_parts());
}

RestParts Daemon::rest_parts() {
  return {configuration_,
          started_,
          devices_,
          engine_,
          publisher_,
          controller_,
          roster_,
          exports_,
          agents_,
          recovery_,
          alarms_.alarms(),
          feed_.ring(),
          log_,
          [this] { reload(); }};
}

/// At once: where no agent is awaited, no packet finds the gateway recovering.
void Daemon::recover_own() {
  recovery_.report(kGateway, {.sockets = describe_own(), .last = true});
  while (recovery_.awaits(kGateway)) {
    std::this_thread::sleep_for(milliseconds(1));
    poll_events();
  }
}

void Daemon::tell_renumberings(NodeId node, const agent_protocol::Renumberings& renumberings) {
  if (!node.is_gateway()) {
    if (agents_) agents_->tell(node, renumberings);
    return;
  }
  keep_own([&] {
    for (const auto& renumbering : renumberings.claims) own_renumberings_.note(renumbering);
  });
}

/// The connections of the gateway's kernel, as the cluster shows them.
std::vector<agent_protocol::TcpSocket> Daemon::describe_own() {
  auto sockets = own_sockets();
  keep_own([&] { own_renumberings_.apply(sockets); });
  return sockets;
}

void Daemon::keep_own(const std::function<void()>& change) {
  try {
    change();
  } catch (const std::exception& problem) {
    log_.error("renumbering_not_kept", {{"problem", problem.what()}});
  }
}

void Daemon::await_reports() {
  if (recovery_.is_over()) return;
  recovery_timer_.expires_after(kRecoveryLimit);
  recovery_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) recovery_.give_up();
  });
}

void Daemon::recovered(const recovery::Recovery::Summary& summary) {
  controller_.set_recovering(false);
  recovery_timer_.cancel();
  rpc_.nodes_known();
  std::string missing;
  for (const NodeId node : summary.missing) {
    if (!missing.empty()) missing += ',';
    missing += name_of(configuration_, node);
  }
  log_recovery(log_, summary, missing, std::chrono::steady_clock::now() - started_);
}

void Daemon::run() {
  await_signal();
  await_events();
  await_upkeep();
  log_.info("ready", {{"cluster", configuration_.cluster.name},
                      {"networks", configuration_.networks.size()},
                      {"workers", configuration_.workers},
                      {"nodes", configuration_.nodes.size()},
                      {"services", configuration_.services.size()}});
  sd_notify(0, "READY=1");
  io_.run();
  sd_notify(0, "STOPPING=1");
  log_.info("stopping", {});
}

void Daemon::await_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    handle_signal(number);
    if (!io_.stopped()) await_signal();
  });
}

void Daemon::handle_signal(int number) {
  switch (number) {
    case SIGHUP:
      return reload_if_right();
    case SIGUSR1:
      log_status(log_, devices_, engine_, configuration_);
      if (agents_) log_agents(log_, agents_->counts());
      rpc_.log_counts();
      return;
    default:
      io_.stop();
  }
}

void Daemon::node_changed(NodeId node, bool up, const std::string& reason) {
  const std::string name = name_of(configuration_, node);
  log_.warning(up ? "node_up" : "node_down", {{"node", name}, {"reason", reason}});
  controller_.set_node_up(node, up);
  if (agents_) agents_->node_changed(node, up);
  if (!up) recovery_.lost(node);
}

void Daemon::node_suspected(NodeId node, const std::string& reason) {
  log_.info("node_suspected", {{"node", name_of(configuration_, node)}, {"reason", reason}});
  ask_node(node);
}

void Daemon::ask_node(NodeId node) {
  const auto config = std::ranges::find(configuration_.nodes, node, &control::NodeConfig::id);
  if (config != configuration_.nodes.end()) neighbours_.check(kInterconnect, config->address);
}

void Daemon::node_died(NodeId node) {
  if (agents_) agents_->node_died(node);
  if (configuration_.connections.on_node_death == control::OnNodeDeath::keep) return;
  resets_.reset(node);
}

std::size_t Daemon::poll_events() {
  const std::size_t events = engine_.workers().poll_events(
      {.next_hop =
           [this](const auto& wanted) { neighbours_.resolve(wanted.egress, wanted.address); },
       .renumbered = [this](const auto& what) { renumberings_.tell(what); }});
  restorer_.poll();
  renumberings_.poll();
  resets_.poll();
  deaths_.look_for_silence(std::chrono::steady_clock::now());
  return events;
}

void Daemon::await_events() {
  events_timer_.expires_after(events_interval_);
  events_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    events_interval_ =
        poll_events() != 0 ? kEventsInterval : std::min(2 * events_interval_, kIdleEventsInterval);
    await_events();
  });
}

void Daemon::await_upkeep() {
  upkeep_timer_.expires_after(kUpkeepInterval);
  upkeep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    upkeep();
    await_upkeep();
  });
}

void Daemon::upkeep() {
  publisher_.reclaim();
  controller_.advance();
  if (agents_) controller_.set_loads(agents_->loads());
  alarms_.look(rest_parts());
  sd_notify(0, "WATCHDOG=1");
  upkeeps_ = (upkeeps_ + 1) % kGuardEvery;
  if (upkeeps_ == 0) guards_.mend();
  if (upkeeps_ % kForgetEvery == 0 && !own_renumberings_.empty()) describe_own();
}

}  // namespace encluster
