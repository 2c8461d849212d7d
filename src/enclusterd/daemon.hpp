// The running gateway: every part, wired together, and the control thread that looks after them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/agent_service.hpp"
#include "control/cluster_controller.hpp"
#include "control/configuration.hpp"
#include "control/export_registry.hpp"
#include "control/health.hpp"
#include "control/health_checks.hpp"
#include "control/kernel_view.hpp"
#include "control/log.hpp"
#include "control/neighbours.hpp"
#include "control/node_deaths.hpp"
#include "control/roster.hpp"
#include "datapath/devices.hpp"
#include "datapath/engine.hpp"
#include "enclusterd/assemble.hpp"
#include "enclusterd/gateway_alarms.hpp"
#include "enclusterd/guards.hpp"
#include "enclusterd/rest_endpoint.hpp"
#include "enclusterd/rpc_services.hpp"
#include "rcu/publisher.hpp"
#include "recovery/node_resets.hpp"
#include "recovery/own_renumberings.hpp"
#include "recovery/recovery.hpp"
#include "recovery/renumberings.hpp"
#include "recovery/restorer.hpp"
#include "rest/event_feed.hpp"

namespace encluster {

/// Parts are members in the order in which they depend on each other; they end in the reverse one.
/// Control thread only.
class Daemon {
 public:
  /// Packets flow from here on.
  /// @throws control::KernelError, control::CredentialsError, datapath::DatapathError,
  /// switching::CompileError, std::runtime_error: nothing was started, or it has been stopped again
  Daemon(control::Configuration configuration, switching::PluginRegistry plugins,
         control::Logger& log);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Looks after the gateway until SIGTERM or SIGINT.
  void run();

 private:
  void log_steering();
  void set_up_local_stack();
  void watch_nodes();
  void serve_agents();
  void serve_rest();
  [[nodiscard]] RestParts rest_parts();
  void recover_own();
  void tell_renumberings(NodeId node, const agent_protocol::Renumberings& renumberings);
  std::vector<agent_protocol::TcpSocket> describe_own();
  void keep_own(const std::function<void()>& change);
  void await_reports();
  void recovered(const recovery::Recovery::Summary& summary);

  void await_signal();
  void handle_signal(int number);
  void reload_if_right();
  /// @throws std::runtime_error saying all that is wrong; it is logged, and nothing has changed
  void reload();
  void take_over(control::Configuration next);
  std::size_t poll_events();
  void await_events();
  void await_upkeep();
  void upkeep();
  void node_changed(NodeId node, bool up, const std::string& reason);
  [[nodiscard]] control::NodeDeaths::Hooks death_hooks();
  [[nodiscard]] control::ExportRegistry::Hooks export_hooks();
  void node_suspected(NodeId node, const std::string& reason);
  /// By ARP. What comes of it is an event.
  void ask_node(NodeId node);
  void node_died(NodeId node);

  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  control::Logger& log_;
  rest::EventFeed feed_{log_};
  control::Configuration configuration_;
  const switching::PluginRegistry plugins_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_;
  boost::asio::steady_timer events_timer_{io_};
  std::chrono::milliseconds events_interval_{2};  ///< until workers' events are looked for again
  boost::asio::steady_timer upkeep_timer_{io_};
  int upkeeps_ = 0;

  Guards guards_;
  datapath::Devices devices_;
  Taps taps_;
  control::Roster roster_;
  control::ExportRegistry exports_;
  control::ClusterController controller_;
  rcu::Publisher<switching::Snapshot> publisher_;
  datapath::Engine engine_;

  recovery::OwnRenumberings own_renumberings_;
  recovery::Restorer restorer_;
  recovery::RenumberingsTeller renumberings_;
  recovery::Recovery recovery_;
  boost::asio::steady_timer recovery_timer_{io_};

  recovery::NodeResets resets_;
  control::Neighbours neighbours_;
  control::NodeDeaths deaths_;
  control::Health health_;
  control::HealthChecks checks_;
  control::KernelView kernel_;
  RpcServices rpc_{io_, controller_, log_};
  GatewayAlarms alarms_{log_};
  std::optional<control::AgentService> agents_;  ///< nothing: not configured
  std::optional<RestEndpoint> rest_;             ///< nothing: not configured
};

}  // namespace encluster
