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
    services_.add(service.port, {node, service.name, service.programs}, may_tell());
    if (before.contains(service.port)) continue;
    log_service("service_registered", node, service.port);
    log_untold(node, service.port, service.name, service.programs);
  }
  for (const auto& [port, row] : before) {
    if (services_.has(node, port)) continue;
    log_.info("service_withdrawn", {{"node", view_.name_of(node)},
                                    {"port", to_text(port)},
                                    {"service", row.name},
                                    {"reason", "not offered any more"}});
  }
}

LeaseResult AgentRegistry::service_result(NodeId node, const ServiceWish& wish,
                                          const LeasedPort& port, Time now) {
  const bool had = services_.has(node, port);
  const std::size_t programs = services_.programs_beside(node, port) + wish.programs.size();
  if (!had && leases_.owner(port) == node) return LeaseResult::taken;  // by a command of the node
  if (!had && services_.count(node) >= agent_protocol::kMaxServices) return LeaseResult::too_many;
  if (programs > agent_protocol::kMaxPrograms) return LeaseResult::too_many;
  return leases_.request(node, port, now);
}

void AgentRegistry::apply_service(Task& task, const LeaseRequest& request, Time now) {
  const NodeId node = task.node;
  ServiceWish& wish = *task.service;
  wish.allowed = view_.allows(node, request.port);
  if (!wish.allowed || task.result != LeaseResult::granted) return;
  wish.rival = services_.rival(node, request.port.protocol, wish.programs, may_tell());
  task.result = wish.rival ? LeaseResult::taken : service_result(node, wish, request.port, now);
  if (task.result == LeaseResult::granted) {
    services_.add(request.port, {node, wish.name, wish.programs}, may_tell());
  } else if (services_.has(node, request.port)) {
    release(node, request.port);  // what the agent hears is what holds
  }
}

void AgentRegistry::answer_service(const Task& task, const LeaseRequest& request, AgentPeer& peer) {
  const ServiceWish& wish = *task.service;
  ServiceAnswer answer{
      .request = request.request, .result = ServiceResult::not_allowed, .owner = {}};
  if (wish.allowed) answer.result = static_cast<ServiceResult>(task.result);
  if (wish.rival) answer.result = ServiceResult::program_taken;
  if (answer.result == ServiceResult::granted) {
    log_service("service_registered", task.node, request.port);
    answer.untold = log_untold(task.node, request.port, wish.name, wish.programs);
    return peer.send(answer);
  }
  const auto holder = wish.allowed ? leases_.owner(request.port) : std::nullopt;
  const auto owner = wish.rival ? wish.rival : holder;
  if (owner) answer.owner = view_.name_of(*owner);
  if (services_.note_refusal(task.node, request.port, answer.result)) {
    log_.warning("service_refused", {{"node", view_.name_of(task.node)},
                                     {"port", to_text(request.port)},
                                     {"service", wish.name},
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

ServiceRows::MayTell AgentRegistry::may_tell() const {
  return [this](NodeId node, std::uint32_t program) { return view_.may_tell(node, program); };
}

bool AgentRegistry::log_untold(NodeId node, const LeasedPort& port, const std::string& service,
                               const agent_protocol::RpcVersions& programs) {
  constexpr std::size_t kMostNamed = 8;
  std::map<std::uint32_t, const char*> reasons;
  for (const agent_protocol::RpcVersion& one : programs) {
    if (reasons.size() == kMostNamed) break;
    if (!view_.may_tell(node, one.program)) {
      reasons[one.program] = "not-allowed";
    } else if (services_.rival(node, port.protocol, {one}, may_tell())) {
      reasons[one.program] = "taken";
    }
  }
  for (const auto& [program, reason] : reasons) {
    log_.warning("program_untold", {{"node", view_.name_of(node)},
                                    {"port", to_text(port)},
                                    {"service", service},
                                    {"program", program},
                                    {"reason", reason}});
  }
  return !reasons.empty();
}

void AgentRegistry::tell_programs() {
  if (const auto told = services_.settle(may_tell())) hooks_.programs(*told);
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
    for (const auto& [port, row] : services_.remove_all(node)) {
      leases_.release(node, port);
      log_.warning("service_withdrawn", {{"node", view_.name_of(node)},
                                         {"port", to_text(port)},
                                         {"service", row.name},
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
