#include "mount/mount.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "mount/export_list.hpp"
#include "mount/export_path.hpp"
#include "mount/procedure.hpp"
#include "net/rewrite.hpp"
#include "onc_rpc/accept.hpp"
#include "onc_rpc/reply.hpp"
#include "onc_rpc/xdr.hpp"

namespace encluster::mount {

namespace {

using onc_rpc::AcceptStatus;
using onc_rpc::Call;
using onc_rpc::ReplyWriter;

// mountstat3, and the same number in versions 1 and 2.
constexpr std::uint32_t kErrorAccess = 13;

constexpr std::array<onc_rpc::Program, 1> kPrograms{{{kProgram, kLowestVersion, kHighestVersion}}};

class MountFunction final : public RoutingFunction {
 public:
  MountFunction(PortNumber port, const ClusterView& view);

  void route(std::span<RouteRequest* const> burst, WorkerContext&) const noexcept override {
    for (RouteRequest* const request : burst) route(*request);
  }
  void divide(RouteRequest& request, Packet* for_nodes) const noexcept override;
  [[nodiscard]] std::vector<NodePort> node_ports() const override;

 private:
  void route(RouteRequest& request) const noexcept;
  void carry_out(RouteRequest& request, const Call& call, Procedure procedure) const noexcept;
  void route_by_path(RouteRequest& request, const Call& call, Procedure procedure) const noexcept;
  void tell_exports(RouteRequest& request, const Call& call) const noexcept;
  void tell_mounts(RouteRequest& request, const Call& call) const noexcept;
  void leave_to_lists(RouteRequest& request) const noexcept;
  void unmount_all(RouteRequest& request, const Call& call) const noexcept;
  [[nodiscard]] bool gateway_exports() const noexcept;
  [[nodiscard]] bool gateway_serves(const RouteRequest& request) const noexcept;
  [[nodiscard]] PortNumber port_of(NodeId node) const noexcept;

  PortNumber port_;        ///< the cluster's
  PortNumber lists_port_;  ///< of the gateway, where lists of the whole cluster are told
  ExportPaths exports_;
  std::vector<NodePort> ports_;    ///< rising by node
  std::vector<NodePort> servers_;  ///< nodes that have exports, rising
  std::vector<std::byte> list_;    ///< what EXPORT tells
  bool recovering_;                ///< ClusterView::recovering
};

MountFunction::MountFunction(PortNumber port, const ClusterView& view)
    : port_(port),
      lists_port_(view.mount_lists_port == PortNumber() ? port : view.mount_lists_port),
      exports_(view.exports),
      ports_(view.mount_ports),
      list_(exports_as_xdr(exports_.all())),
      recovering_(view.recovering) {
  std::ranges::sort(ports_, {}, &NodePort::node);
  for (const ExportConfig& one : view.exports) servers_.push_back({one.node, port_of(one.node)});
  std::ranges::sort(servers_, {}, &NodePort::node);
  servers_.erase(std::unique(servers_.begin(), servers_.end()), servers_.end());
}

std::vector<NodePort> MountFunction::node_ports() const {
  std::vector<NodePort> ports = ports_;
  if (lists_port_ != port_) ports.push_back({kGateway, lists_port_});
  return ports;
}

PortNumber MountFunction::port_of(NodeId node) const noexcept {
  const auto at = std::ranges::lower_bound(ports_, node, {}, &NodePort::node);
  return at != ports_.end() && at->node == node ? at->port : port_;
}

/// A node is never sent to the gateway, and nobody where it exports nothing.
bool MountFunction::gateway_serves(const RouteRequest& request) const noexcept {
  return !request.from_node && gateway_exports();
}

bool MountFunction::gateway_exports() const noexcept {
  return !servers_.empty() && servers_.front().node.is_gateway();
}

/// Answers that there is no such procedure.
void answer_unavailable(RouteRequest& request, const Call& call, DropReason reason) noexcept {
  answer(request, ReplyWriter(call.xid, AcceptStatus::procedure_unavailable), reason);
}

/// Answers that a directory is not to be had.
void answer_access(RouteRequest& request, const Call& call, DropReason reason) noexcept {
  ReplyWriter reply(call.xid, AcceptStatus::success);
  reply.number(kErrorAccess);
  answer(request, reply, reason);
}

/// What nobody exports: to give it up is no error, and what PATHCONF answers has no word for one.
void refuse(RouteRequest& request, const Call& call, Procedure procedure) noexcept {
  if (procedure == Procedure::unmount) {
    return answer(request, ReplyWriter(call.xid, AcceptStatus::success));
  }
  if (procedure == Procedure::path_configuration) {
    return answer_unavailable(request, call, DropReason::not_exported);
  }
  answer_access(request, call, DropReason::not_exported);
}

void MountFunction::route_by_path(RouteRequest& request, const Call& call,
                                  Procedure procedure) const noexcept {
  onc_rpc::XdrReader reader(call.arguments);
  const ShortestPath path(reader.variable(kMaxPath));
  if (!reader.ok() || !path.ok()) return request.drop(DropReason::rpc_arguments);
  const ExportConfig* exported = exports_.find(path.text());
  if (recovering_ && exported == nullptr) return request.drop(DropReason::recovering);
  const NodeId node = exported == nullptr ? kGateway : exported->node;
  if (node.is_gateway() && !gateway_serves(request)) return refuse(request, call, procedure);
  if (procedure == Procedure::mount && exported != nullptr &&
      !onc_rpc::may_use(*exported, request)) {
    return answer_access(request, call, DropReason::client_denied);
  }
  request.forward(node);
  request.node_port = port_of(node);
}

/// The gateway has a server that tells lists of the whole cluster; to remotes alone.
void MountFunction::leave_to_lists(RouteRequest& request) const noexcept {
  request.forward(kGateway);
  request.node_port = lists_port_;
}

/// A list that is too long for a datagram of any network is not told here.
void MountFunction::tell_exports(RouteRequest& request, const Call& call) const noexcept {
  ReplyWriter reply(call.xid, AcceptStatus::success);
  reply.fixed(list_);
  if (reply.ok()) return answer(request, reply);
  if (!request.from_node) return leave_to_lists(request);
  answer_unavailable(request, call, DropReason::rpc_unavailable);
}

/// All who have exports are told, as far as the sender gets there, and the cluster answers for
/// them.
void MountFunction::unmount_all(RouteRequest& request, const Call& call) const noexcept {
  const bool without_gateway = request.from_node && gateway_exports();
  const auto servers = std::span(servers_).subspan(without_gateway ? 1 : 0);
  if (servers.empty() || request.packet->fragment) {
    return answer(request, ReplyWriter(call.xid, AcceptStatus::success));
  }
  request.verdict = Verdict::copy;
  request.copies = servers;
  request.divides = true;
}

/// Servers answer, too, and some that they do not speak the version. Their answers are to a
/// transaction that no client waits for: zero, which clients that count take for long past.
void MountFunction::divide(RouteRequest& request, Packet* for_nodes) const noexcept {
  constexpr Be32 kForeign(0);
  Call call;
  if (!onc_rpc::read_call(request.packet->payload_bytes(), call)) {
    return request.drop(DropReason::rpc_header);
  }
  answer(request, ReplyWriter(call.xid, AcceptStatus::success));
  if (for_nodes != nullptr) {
    net::replace_payload_bytes(*for_nodes, 0, std::as_bytes(std::span(&kForeign, 1)));
  }
}

/// Who has mounted what only servers know: somebody has to ask them.
void MountFunction::tell_mounts(RouteRequest& request, const Call& call) const noexcept {
  if (!request.from_node) return leave_to_lists(request);
  ReplyWriter reply(call.xid, AcceptStatus::success);
  reply.number(0);  // an empty list
  answer(request, reply);
}

void MountFunction::carry_out(RouteRequest& request, const Call& call,
                              Procedure procedure) const noexcept {
  switch (procedure) {
    case Procedure::null:
      return answer(request, ReplyWriter(call.xid, AcceptStatus::success));
    case Procedure::mount:
    case Procedure::unmount:
    case Procedure::path_configuration:
      return route_by_path(request, call, procedure);
    case Procedure::unmount_all:
      return recovering_ ? request.drop(DropReason::recovering) : unmount_all(request, call);
    case Procedure::exports:
      return recovering_ ? request.drop(DropReason::recovering) : tell_exports(request, call);
    case Procedure::dump:
      return recovering_ ? request.drop(DropReason::recovering) : tell_mounts(request, call);
    case Procedure::unknown:
      return answer_unavailable(request, call, DropReason::rpc_unavailable);
  }
}

void MountFunction::route(RouteRequest& request) const noexcept {
  Call call;
  if (!accept(request, kPrograms, call)) return;
  carry_out(request, call, procedure_of(call.version, call.procedure));
}

}  // namespace

std::shared_ptr<const RoutingFunction> make_mount(const ServiceConfig& config,
                                                  const ClusterView& view) {
  if (config.protocol != Protocol::udp) {
    throw ServiceError("port", "found a TCP port; allowed: a UDP port, such as 20048/udp");
  }
  if (!config.options.empty()) {
    throw ServiceError(config.options.begin()->first,
                       "found an unknown option of plugin mount; allowed: none");
  }
  return std::make_shared<MountFunction>(config.port, view);
}

}  // namespace encluster::mount
