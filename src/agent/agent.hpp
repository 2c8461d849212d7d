// The agent: what it is made of, and who tells whom.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <set>

#include "agent/agent_configuration.hpp"
#include "agent/come_back_listener.hpp"
#include "agent/connections.hpp"
#include "agent/export_watch.hpp"
#include "agent/gateway_link.hpp"
#include "agent/leases.hpp"
#include "agent/local_server.hpp"
#include "agent/name_check.hpp"
#include "agent/node_settings.hpp"
#include "agent/rpc_watch.hpp"
#include "agent/seen_memory.hpp"
#include "agent/seen_ports.hpp"
#include "agent/services.hpp"
#include "agent/socket_watch.hpp"
#include "agent/tree_file.hpp"
#include "control/log.hpp"

namespace encluster::agent {

/// Joins the gateway, keeps the node's settings as it says, tells it the node's connections, and
/// holds leases for the keepers of this machine and for what its programs have bound. One thread,
/// the context's.
class Agent {
 public:
  /// From the start to the first join. Keepers that outlived an agent come back within 100 ms:
  /// Join must say which ports they use, or the gateway takes those for free.
  static constexpr std::chrono::milliseconds kKeepersFirst{500};
  static constexpr std::chrono::milliseconds kLeaseTick{250};
  static constexpr std::chrono::minutes kCheck{1};       ///< of settings and host keys
  static constexpr std::chrono::minutes kNameCheck{10};  ///< each costs name servers a question
  /// Until renumberings are forgotten whose socket is gone: sooner than a gateway forgets the
  /// connection, so that a later one with the same ports is not taken for it.
  static constexpr std::chrono::seconds kForget{5};
  static constexpr std::chrono::seconds kListAgain{1};
  /// Until services' programs are looked for again: the kernel is asked for its listening sockets
  /// only, which takes less than a millisecond, and a program needs about as long to start.
  static constexpr std::chrono::milliseconds kLook{500};

  /// The context and the log must outlive it, and the context must not run after it is gone.
  /// @throws std::system_error if the local socket cannot be opened, std::runtime_error without
  /// /proc
  Agent(boost::asio::io_context& context, const AgentConfiguration& configuration,
        control::Logger& log);

  void start();

 private:
  [[nodiscard]] SessionHandlers session_handlers();
  [[nodiscard]] LocalServer::Handlers local_handlers();
  [[nodiscard]] agent_protocol::Join join();
  /// What the gateway says that this node must have.
  void adopt(const agent_protocol::Settings& settings);
  void welcomed(const agent_protocol::Welcome& welcome, BootTime sent, Ipv4Address gateway);
  void parted();
  [[nodiscard]] bool received(KeeperId keeper, const FromKeeper& message);
  void carry_out(const LeaseActions& actions);
  void bound(const BoundPorts& ports);
  void await_lease_tick();
  void await_check();
  void await_name_check();
  void await_forgetting();
  /// Tells all connections; the gateway waits for them.
  void tell_connections();
  void tell_more();
  /// Where they are others than those that were told.
  void tell_host_keys();
  /// If they are known, and the gateway wants to know.
  void tell_exports();
  void forget_connections();
  /// What comes to this node without being offered: the slice, and what is leased as it is seen.
  [[nodiscard]] bool is_own(const agent_protocol::LeasedPort& port) const;
  /// What is to be told the gateway about services.
  [[nodiscard]] Services::Messages look_at_services();
  void tell(const Services::Messages& messages);
  void await_look();

  control::Logger& log_;
  std::string node_;
  control::Bytes32 token_;
  std::string boot_id_;
  Ipv4Address gateway_;  ///< the last one that was joined
  NodeSettings settings_;
  std::optional<agent_protocol::PortRange> slice_;
  LeaseSeen seen_ports_;
  std::set<Ipv4Address> cluster_;  ///< its addresses, as told last
  NameCheck names_;
  Leases leases_;
  SeenPorts seen_;
  SeenMemory memory_;
  Services services_;
  std::optional<RpcWatch> rpc_;         ///< where RPC programs are offered
  std::optional<ExportWatch> exports_;  ///< where some are configured
  bool exports_wanted_ = false;         ///< by the gateway that is joined
  TreeFile tree_;
  Connections connections_;
  std::optional<agent_protocol::HostKeys> host_keys_;  ///< told since the last Welcome
  LocalServer server_;
  GatewayLink link_;
  ComeBackListener come_back_;
  SocketWatch watch_;
  boost::asio::steady_timer lease_timer_;
  boost::asio::steady_timer check_timer_;
  boost::asio::steady_timer name_timer_;
  boost::asio::steady_timer forget_timer_;
  boost::asio::steady_timer look_timer_;
  std::string look_problem_;              ///< as logged
  boost::asio::steady_timer list_timer_;  ///< while the kernel does not list connections
};

}  // namespace encluster::agent
