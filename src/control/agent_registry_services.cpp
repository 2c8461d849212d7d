// What nodes offer by themselves: the part of AgentRegistry that tells services from other leases.
#include <algorithm>

#include "agent_protocol/names.hpp"
#include "control/agent_registry.hpp"

namespace encluster::control {

using agent_protocol::LeasedPort;
using agent_protocol::LeaseRequest;
using agent_protocol::LeaseResult;
using agent_protocol::OfferedService;
using agent_protocol::ServiceAnswer;
using agent_protocol::ServiceResult;

std::vector<LeasedPort> AgentRegistry::kept_ports(NodeId node, const JoinTask& join) const {
  std::vector<LeasedPort> ports = join.held;
  for (const OfferedService& service : join.services) {
    // What is offered, and was not granted, has to be asked for: another node may have it.
    const bool kept = service.held || services_.has(node, service.port);
    if (kept && view_.allows(node, service.port)) ports.push_back(service.port);
  }
  return ports;
}

void AgentRegistry::adopt_services(NodeId node, const JoinTask& join) {
  const auto before = services_.remove_all(node);
  const std::set<LeasedPort> leases(join.held.begin(), join.held.end());
  for (const OfferedService& service : join.services) {
    const bool kept = service.held || before.contains(service.port);
    if (!kept || leases.contains(service.port) || leases_.owner(service.port) != node) continue;
    services_.add(service.port, node, service.name);
    if (!before.contains(service.port)) log_service("service_registered", node, service.port);
  }
  for (const auto& [port, name] : before) {
    if (services_.has(node, port)) continue;
    log_.info("service_withdrawn", {{"node", view_.name_of(node)},
                                    {"port", to_text(port)},
                                    {"service", name},
                                    {"reason", "not offered any more"}});
  }
}

void AgentRegistry::apply_service(Task& task, const LeaseRequest& request, Time now) {
  const NodeId node = task.node;
  task.allowed = view_.allows(node, request.port);
  if (!task.allowed || task.result != LeaseResult::granted) return;
  const bool had = services_.has(node, request.port);
  if (!had && leases_.owner(request.port) == node) {
    task.result = LeaseResult::taken;  // by a command of the same node
  } else if (!had && services_.count(node) >= agent_protocol::kMaxServices) {
    task.result = LeaseResult::too_many;
  } else {
    task.result = leases_.request(node, request.port, now);
  }
  if (task.result == LeaseResult::granted) services_.add(request.port, node, *task.service);
}

void AgentRegistry::answer_service(const Task& task, const LeaseRequest& request, AgentPeer& peer) {
  ServiceAnswer answer{
      .request = request.request,
      .result = task.allowed ? static_cast<ServiceResult>(task.result) : ServiceResult::not_allowed,
      .owner = {}};
  if (answer.result == ServiceResult::granted) {
    log_service("service_registered", task.node, request.port);
    return peer.send(answer);
  }
  const auto owner = task.allowed ? leases_.owner(request.port) : std::nullopt;
  if (owner) answer.owner = view_.name_of(*owner);
  if (services_.note_refusal(task.node, request.port, answer.result)) {
    log_.warning("service_refused", {{"node", view_.name_of(task.node)},
                                     {"port", to_text(request.port)},
                                     {"service", *task.service},
                                     {"reason", name_of(answer.result)},
                                     {"owner", owner ? answer.owner : "none"}});
  }
  peer.send(answer);
}

void AgentRegistry::release(NodeId node, const LeasedPort& port) {
  if (leases_.owner(port) != node) return;
  leases_.release(node, port);
  if (!services_.has(node, port)) {
    log_.info("lease_released", {{"node", view_.name_of(node)}, {"port", to_text(port)}});
    return;
  }
  log_service("service_withdrawn", node, port);
  services_.remove(port);
}

void AgentRegistry::log_service(const char* event, NodeId node, const LeasedPort& port) {
  log_.info(event, {{"node", view_.name_of(node)},
                    {"port", to_text(port)},
                    {"service", services_.name_of(node, port)}});
}

void AgentRegistry::node_died(NodeId node) {
  dead_.insert(node);
  if (has_orphans()) hooks_.wake();
}

bool AgentRegistry::is_orphaned(NodeId node) const {
  return dead_.contains(node) && !members_.contains(node) && services_.count(node) != 0;
}

bool AgentRegistry::has_orphans() const {
  return std::ranges::any_of(dead_, [this](NodeId node) { return is_orphaned(node); });
}

void AgentRegistry::withdraw_orphans() {
  for (const NodeId node : dead_) {
    if (!is_orphaned(node)) continue;
    for (const auto& [port, name] : services_.remove_all(node)) {
      leases_.release(node, port);
      log_.warning("service_withdrawn", {{"node", view_.name_of(node)},
                                         {"port", to_text(port)},
                                         {"service", name},
                                         {"reason", "the node is dead"}});
    }
  }
}

std::set<NodeId> AgentRegistry::end_disallowed(Leases& leases, const AgentView& view) const {
  std::set<NodeId> losers;
  for (const auto& [node, port] : services_.all()) {
    if (view.allows(node, port) || leases.owner(port) != node) continue;
    leases.release(node, port);
    losers.insert(node);
  }
  return losers;
}

}  // namespace encluster::control
