// The plugin interface: what a service that decides per message implements (paper: "Encapsulated
// Cluster", the function of a message-switch tuple).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "encluster/file_system_key.hpp"
#include "encluster/packet.hpp"
#include "encluster/types.hpp"

namespace encluster {

/// Grows whenever anything a plugin built elsewhere relies on changes.
inline constexpr std::uint32_t kPluginInterfaceVersion = 2;

/// What a scheduler may know of a node. Written by the control thread, immutable afterwards.
struct NodeStatus {
  Ipv4Address address;       ///< on the interconnect; of node 0 the gateway's own
  std::uint16_t weight = 1;  ///< share of new sessions, of all nodes' sum; 0 means: nothing new
  bool present = false;      ///< a node with this identifier is configured
  bool up = false;
  bool draining = false;
  /// Hundredths of runnable tasks a CPU, as its agent told some seconds ago; of a node without an
  /// agent, the mean of the others. Kept only while a service has `scheduler: least-loaded`; else
  /// 0.
  std::uint16_t load = 0;

  [[nodiscard]] bool takes_new_sessions() const noexcept {
    return present && up && !draining && weight != 0;
  }
};

/// Mutable data of one service on one worker. Made by the control thread, then used by that worker
/// alone.
class WorkerState {
 public:
  WorkerState() = default;
  WorkerState(const WorkerState&) = delete;
  WorkerState& operator=(const WorkerState&) = delete;
  virtual ~WorkerState() = default;
};

/// What a routing function may use while it runs. Valid during the call only.
struct WorkerContext {
  Seconds now = 0;
  WorkerId worker = 0;
  std::span<const NodeStatus> nodes;                   ///< index: NodeId; node 0 first
  std::span<const std::uint32_t> connections_by_node;  ///< class D connections, index: NodeId
  WorkerState* state = nullptr;                        ///< what make_worker_state returned
  bool simulated = false;  ///< "where would it go?": decide, but change nothing
};

/// A port of a node.
struct NodePort {
  NodeId node;
  PortNumber port;

  friend bool operator==(const NodePort&, const NodePort&) = default;
};

/// One message to be routed, and the answer. The function fills everything from `verdict` on.
struct RouteRequest {
  Packet* packet = nullptr;  ///< parsed; bytes may only be changed for Verdict::answer
  bool from_node = false;    ///< a node addresses the cluster: never route to the gateway

  Verdict verdict = Verdict::pending;
  DropReason reason = DropReason::none;
  NodeId node;                     ///< of `forward`; node 0 means `local`
  PortNumber node_port;            ///< where the node listens; the message's own unless changed
  bool remember = false;           ///< TCP: record a connection, so that later segments follow
  /// Of `copy`: the sender gets an answer of the cluster besides, see RoutingFunction::divide.
  bool divides = false;
  /// Of `copy`: all destinations, with port 0 where it is `node_port`; must outlive the snapshot.
  std::span<const NodePort> copies;

  void forward(NodeId to) noexcept {
    verdict = Verdict::forward;
    node = to;
  }
  void drop(DropReason why) noexcept {
    verdict = Verdict::drop;
    reason = why;
  }
};

/// Decides where the messages of one service go. Immutable, owned by the snapshot, and run by every
/// worker at once: whatever changes belongs into a WorkerState.
///
/// For TCP the pipeline looks the connection up first; only segments without one arrive here.
class RoutingFunction {
 public:
  RoutingFunction() = default;
  RoutingFunction(const RoutingFunction&) = delete;
  RoutingFunction& operator=(const RoutingFunction&) = delete;
  virtual ~RoutingFunction() = default;

  /// Gives every request of the burst a verdict. Worker thread: no allocation, lock, log, throw,
  /// system call or clock.
  virtual void route(std::span<RouteRequest* const> burst, WorkerContext&) const noexcept = 0;

  /// Called after route() gave a request the verdict `copy` and let it divide: makes the request's
  /// own packet the answer (or drops it), and changes what nodes get as it has to be. Worker
  /// thread, as route().
  /// @param for_nodes the packet once more; null in a simulation
  virtual void divide(RouteRequest& request, Packet* /*for_nodes*/) const noexcept {
    request.drop(DropReason::routing_function);
  }

  /// Control thread, once per worker, before the first route(). Null where nothing is needed.
  [[nodiscard]] virtual std::unique_ptr<WorkerState> make_worker_state(WorkerId) const {
    return nullptr;
  }

  /// Where nodes serve datagrams of the service at another port than the cluster does: what a node
  /// sends from there leaves with the service's own port. The gateway's, if it is among them, is
  /// the service's as well: what is addressed there is routed by this function, too. Control
  /// thread.
  [[nodiscard]] virtual std::vector<NodePort> node_ports() const { return {}; }

  /// The node of a remote's TCP connection that has no entry, because the table of unfinished
  /// handshakes is full (docs/decisions/0009). Asked for each of its segments, in both directions,
  /// so the answer depends on nothing but `hash` and the nodes as they stand. Worker thread, as
  /// route().
  /// @param hash keyed, over the remote, its port and the cluster's port
  /// @return nothing where the service cannot do without entries (its nodes do not listen at its
  ///     own port), or has no node
  [[nodiscard]] virtual std::optional<NodeId> node_by_hash(std::uint64_t /*hash*/,
                                                           const WorkerContext&) const noexcept {
    return std::nullopt;
  }
};

/// A service as configured. Keys that the gateway itself does not know stay in `options`.
struct ServiceConfig {
  std::string name;
  Protocol protocol = Protocol::tcp;
  PortNumber port;
  std::optional<NetworkIndex> network;         ///< nothing: on every network
  std::string plugin;                          ///< empty: null function, to `node`
  NodeId node;                                 ///< of a null function
  std::vector<NodeId> nodes;                   ///< candidates; empty: every node but the gateway
  std::map<std::string, std::string> options;  ///< "scheduler" and the plugin's own keys

  friend bool operator==(const ServiceConfig&, const ServiceConfig&) = default;
};

/// A directory tree that the cluster exports, and the node it resides on.
struct ExportConfig {
  std::string path;
  NodeId node;
  std::vector<FileSystemKey> keys{};  ///< of the file systems in it, each of one export alone
  std::vector<Ipv4Prefix> clients{};  ///< who may use it; empty: everybody

  friend bool operator==(const ExportConfig&, const ExportConfig&) = default;
};

/// What a plugin may know of the cluster when its function is made.
struct ClusterView {
  std::vector<NodeId> nodes;  ///< every configured node, the gateway included
  std::vector<ExportConfig> exports;
  std::vector<NodePort> mount_ports{};  ///< where mountd listens, of nodes where that is known
  /// Where the gateway itself tells MOUNT's lists of the whole cluster, by UDP; 0: at the service's
  /// own port.
  PortNumber mount_lists_port{};
  /// The gateway has just started, and nodes have not told yet what they export: nothing that is
  /// asked for may be denied for not being there.
  bool recovering = false;

  friend bool operator==(const ClusterView&, const ClusterView&) = default;
};

/// A service's options contradict themselves or each other. `key` names the culprit.
class ServiceError : public std::runtime_error {
 public:
  ServiceError(std::string key, const std::string& what)
      : std::runtime_error(what), key_(std::move(key)) {}
  [[nodiscard]] const std::string& key() const noexcept { return key_; }

 private:
  std::string key_;
};

/// Makes the routing function of a service. Control thread; pure.
/// @throws ServiceError
using MakeRouting = std::shared_ptr<const RoutingFunction> (*)(const ServiceConfig&,
                                                               const ClusterView&);

/// What a shared object exports as `extern "C" const encluster::PluginEntry encluster_plugin`.
struct PluginEntry {
  std::uint32_t interface_version;  ///< kPluginInterfaceVersion of the headers it was built with
  const char* name;                 ///< the value of `plugin:` in the configuration
  MakeRouting make_routing;
};

}  // namespace encluster
