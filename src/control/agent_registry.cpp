#include "control/agent_registry.hpp"

#include <algorithm>
#include <exception>

#include "agent_protocol/names.hpp"
#include "control/configuration_format.hpp"

namespace encluster::control {

using agent_protocol::Exports;
using agent_protocol::FromAgent;
using agent_protocol::FromGateway;
using agent_protocol::Heartbeat;
using agent_protocol::HeartbeatAnswer;
using agent_protocol::HostKeys;
using agent_protocol::Join;
using agent_protocol::LeaseAnswer;
using agent_protocol::LeasedPort;
using agent_protocol::LeaseRelease;
using agent_protocol::LeaseRequest;
using agent_protocol::LeaseResult;
using agent_protocol::RefusalReason;
using agent_protocol::Refused;
using agent_protocol::ServiceRequest;
using agent_protocol::Sockets;
using agent_protocol::Welcome;

namespace {

/// Hundredths of runnable tasks a CPU; what is busier makes no difference.
constexpr std::uint32_t kMostLoad = 0xffff;

}  // namespace

AgentRegistry::AgentRegistry(Settings settings, AgentView view, AgentTokens tokens, Hooks hooks,
                             Logger& log)
    : settings_(settings),
      view_(std::move(view)),
      tokens_(std::move(tokens)),
      hooks_(std::move(hooks)),
      log_(log),
      host_keys_(log),
      leases_(settings.leases, view_.leasable),
      recovered_(hooks_.now() + settings.recovery) {}

std::optional<Refused> AgentRegistry::refusal_of(Ipv4Address from, const Join& join) const {
  if (join.version != agent_protocol::kVersion) {
    return Refused{RefusalReason::version,
                   "the gateway speaks version " + std::to_string(agent_protocol::kVersion)};
  }
  const auto node = view_.node_at(from);
  const bool known = tokens_.match(join.node, join.token);
  if (!known || !node || view_.name_of(*node) != join.node) {
    return Refused{RefusalReason::credentials, "no such node at this address, or another token"};
  }
  return std::nullopt;
}

AgentEpoch AgentRegistry::join(NodeId node, std::shared_ptr<AgentPeer> peer, Join join) {
  send_away(node, RefusalReason::superseded, "another connection of the node took over");
  const AgentEpoch epoch = ++epochs_[node];
  members_[node] = {.peer = std::move(peer),
                    .epoch = epoch,
                    .token = std::move(join.token),
                    .wants_tree = join.tree};
  dead_.erase(node);
  enqueue({node, epoch,
           JoinTask{std::move(join.boot_id), std::move(join.held), std::move(join.services)}});
  hooks_.heard(node);
  return epoch;
}

void AgentRegistry::receive(NodeId node, AgentEpoch epoch, const FromAgent& message) {
  if (is_current(node, epoch)) {
    dead_.erase(node);
    hooks_.heard(node);
  }
  if (const auto* const request = std::get_if<LeaseRequest>(&message)) {
    enqueue({node, epoch, *request});
  } else if (const auto* const release = std::get_if<LeaseRelease>(&message)) {
    enqueue({node, epoch, *release});
  } else if (const auto* const heartbeat = std::get_if<Heartbeat>(&message)) {
    enqueue({node, epoch, *heartbeat});
  } else if (const auto* const service = std::get_if<ServiceRequest>(&message)) {
    enqueue({.node = node,
             .epoch = epoch,
             .what = LeaseRequest{service->request, service->port},
             .service = ServiceWish{service->name, service->programs}});
  } else if (const auto* const sockets = std::get_if<Sockets>(&message)) {
    receive_sockets(node, epoch, *sockets);
  } else if (const auto* const keys = std::get_if<HostKeys>(&message)) {
    if (is_current(node, epoch)) host_keys_.note(view_.name_of(node), *keys);
  } else if (const auto* const exports = std::get_if<Exports>(&message)) {
    receive_exports(node, epoch, *exports);
  }
}

void AgentRegistry::receive_sockets(NodeId node, AgentEpoch epoch, const Sockets& sockets) {
  if (!is_current(node, epoch)) return;
  Member& member = members_.at(node);
  member.reported += sockets.sockets.size();
  if (member.reported > kMaxReported) {
    return send_away(node, RefusalReason::busy, "too many sockets");
  }
  // With the last ones the gateway may take itself for whole. Later, exports wait for their turn.
  if (sockets.last && !std::exchange(member.whole, true)) pass_exports_on();
  hooks_.reported(node, sockets);
}

void AgentRegistry::tell(NodeId node, const FromGateway& message) {
  const auto found = members_.find(node);
  if (found == members_.end() || !found->second.welcomed) return;
  const std::shared_ptr<AgentPeer> peer = found->second.peer;
  peer->send(message);
}

std::vector<AbsentAgent> AgentRegistry::absent() const {
  std::vector<AbsentAgent> absent;
  for (const auto& [id, node] : view_.nodes) {
    const auto token = tokens_.of(node.name);
    if (token && !members_.contains(id)) absent.push_back({node.address, *token});
  }
  return absent;
}

void AgentRegistry::leave(NodeId node, AgentEpoch epoch, const std::string& reason) {
  if (!is_current(node, epoch)) return;
  members_.erase(node);
  log_.info("agent_left", {{"node", view_.name_of(node)}, {"epoch", epoch}, {"reason", reason}});
  hooks_.left(node);
  if (has_orphans()) hooks_.wake();
}

void AgentRegistry::note_refusal(Ipv4Address from, const std::string& claimed,
                                 const Refused& refused) {
  ++refused_[refused.reason];
  log_.warning("agent_refused", {{"address", to_text(from)},
                                 {"node", claimed},
                                 {"reason", name_of(refused.reason)},
                                 {"text", refused.text}});
}

void AgentRegistry::note_failure(Ipv4Address from, const std::string& reason) {
  log_.warning("agent_failed", {{"address", to_text(from)}, {"reason", reason}});
}

void AgentRegistry::note_stranger(Ipv4Address from) {
  ++refused_addresses_;
  log_.warning("agent_refused", {{"address", to_text(from)}, {"reason", "address"}});
}

void AgentRegistry::node_lost(NodeId node) {
  down_.insert(node);
  leases_.lose(node, hooks_.now());
  if (const std::size_t leases = leases_.count(node); leases != 0) {
    log_.warning("lease_quarantined", {{"node", view_.name_of(node)}, {"leases", leases}});
  }
}

void AgentRegistry::node_found(NodeId node) {
  down_.erase(node);
  // Without an agent nobody knows yet which leases the node still uses.
  if (members_.contains(node)) leases_.find(node);
}

bool AgentRegistry::is_current(NodeId node, AgentEpoch epoch) const {
  const auto found = members_.find(node);
  return found != members_.end() && found->second.epoch == epoch;
}

void AgentRegistry::enqueue(Task task) {
  if (!is_current(task.node, task.epoch)) return;
  tasks_.push_back(std::move(task));
  if (tasks_.size() == 1) hooks_.wake();
}

bool AgentRegistry::is_recovering(Time now) const {
  if (now >= recovered_) return false;
  return std::ranges::any_of(view_.nodes, [&](const auto& entry) {
    return tokens_.has(entry.second.name) && !epochs_.contains(entry.first);
  });
}

std::vector<AgentRegistry::Task> AgentRegistry::hold_back_requests(std::vector<Task> tasks) {
  std::vector<Task> ready;
  std::map<NodeId, std::size_t> counts;
  for (Task& task : tasks) {
    if (const auto* const release = std::get_if<LeaseRelease>(&task.what)) {
      // Nobody waits for the answer any longer.
      std::erase_if(waiting_, [&](const Task& other) {
        return other.node == task.node && std::get<LeaseRequest>(other.what).port == release->port;
      });
    }
    const bool is_request = std::holds_alternative<LeaseRequest>(task.what);
    const bool waits = is_request && ++counts[task.node] <= settings_.leases.of_a_node;
    if (is_request && !waits) task.result = LeaseResult::too_many;
    (waits ? waiting_ : ready).push_back(std::move(task));
  }
  return ready;
}

std::vector<AgentRegistry::Task> AgentRegistry::ready_tasks(Time now) {
  std::vector<Task> tasks = std::exchange(waiting_, {});
  std::ranges::move(tasks_, std::back_inserter(tasks));
  tasks_.clear();
  std::erase_if(tasks, [&](const Task& task) { return is_stale(task); });
  std::stable_partition(tasks.begin(), tasks.end(), [](const Task& task) {
    return std::holds_alternative<JoinTask>(task.what);
  });
  return is_recovering(now) ? hold_back_requests(std::move(tasks)) : tasks;
}

void AgentRegistry::flush() {
  const Time now = hooks_.now();
  std::vector<Task> tasks = ready_tasks(now);
  conflicts_.expire(now);
  // Most of what comes is heartbeats: they need no copy of all leases.
  const bool changes =
      leases_.has_expired(now) || has_orphans() || !std::ranges::all_of(tasks, is_heartbeat);
  if (changes) {
    Leases::Ports before = leases_.all();
    leases_.expire(now);
    withdraw_orphans();
    for (Task& task : tasks) apply(task, now);
    if (!publish_changes(std::move(before))) take_back(tasks);
    services_.keep_only(leases_.all());
    tell_programs();
  } else {
    for (const Task& task : tasks) leases_.heard(task.node, now);
  }
  for (const Task& task : tasks) answer(task);
  pass_exports_on();
}

bool AgentRegistry::is_stale(const Task& task) const {
  // What an agent gave back before it left is free, unless a later one spoke for the node.
  if (std::holds_alternative<LeaseRelease>(task.what)) return epochs_.at(task.node) != task.epoch;
  return !is_current(task.node, task.epoch);
}

bool AgentRegistry::is_heartbeat(const Task& task) noexcept {
  return std::holds_alternative<Heartbeat>(task.what);
}

void AgentRegistry::apply(Task& task, Time now) {
  leases_.heard(task.node, now);
  if (const auto* const join = std::get_if<JoinTask>(&task.what)) {
    if (!down_.contains(task.node)) leases_.find(task.node);
    leases_.join(task.node, kept_ports(task.node, *join), now);
    adopt_services(task.node, *join);
  } else if (const auto* const request = std::get_if<LeaseRequest>(&task.what)) {
    if (task.service) return apply_service(task, *request, now);
    if (task.result != LeaseResult::granted) return;
    task.result = leases_.request(task.node, request->port, now);
    if (task.result == LeaseResult::granted) services_.remove(request->port);
  } else if (const auto* const release = std::get_if<LeaseRelease>(&task.what)) {
    settle_conflict(task.node, release->port, "given up");
    this->release(task.node, release->port);
  }
}

bool AgentRegistry::publish_changes(Leases::Ports before) {
  if (leases_.all() == before) return true;
  try {
    hooks_.publish(leases_.rows());
    return true;
  } catch (const std::exception& problem) {
    leases_.restore(std::move(before));
    log_.error("lease_failed", {{"problem", problem.what()}});
    return false;
  }
}

void AgentRegistry::take_back(std::vector<Task>& tasks) const {
  for (Task& task : tasks) {
    const auto* const request = std::get_if<LeaseRequest>(&task.what);
    if (request == nullptr || task.result != LeaseResult::granted) continue;
    if (leases_.owner(request->port) != task.node) task.result = LeaseResult::not_leasable;
  }
}

void AgentRegistry::answer(const Task& task) {
  if (!is_current(task.node, task.epoch)) return;
  // Sending may end the connection, and thereby the membership.
  const std::shared_ptr<AgentPeer> peer = members_.at(task.node).peer;
  if (const auto* const join = std::get_if<JoinTask>(&task.what)) {
    answer_join(task, *join, *peer);
  } else if (const auto* const request = std::get_if<LeaseRequest>(&task.what)) {
    answer_request(task, *request, *peer);
  } else if (const auto* const heartbeat = std::get_if<Heartbeat>(&task.what)) {
    members_.at(task.node).load = heartbeat->load;
    peer->send(HeartbeatAnswer{heartbeat->sequence});
  }
}

void AgentRegistry::answer_join(const Task& task, const JoinTask& join, AgentPeer& peer) {
  Welcome welcome{.epoch = task.epoch,
                  .settings = view_.nodes.at(task.node).settings,
                  .lost = {},
                  .heartbeat = settings_.heartbeat,
                  .fence = settings_.fence,
                  .instance = settings_.instance,
                  .services = true,
                  .exports = true};
  for (const LeasedPort& port : join.held) {
    if (leases_.owner(port) == task.node) continue;
    welcome.lost.push_back(port);
    note_denial(task.node, port, LeaseResult::not_leasable);
  }
  for (const auto& service : join.services) {
    if (service.held && leases_.owner(service.port) != task.node) {
      welcome.lost.push_back(service.port);
    }
  }
  log_.info("agent_joined", {{"node", view_.name_of(task.node)},
                             {"epoch", task.epoch},
                             {"boot_id", join.boot_id},
                             {"leases", leases_.count(task.node)}});
  members_.at(task.node).welcomed = true;
  peer.send(welcome);
  hooks_.welcomed(task.node);
}

void AgentRegistry::answer_request(const Task& task, const LeaseRequest& request, AgentPeer& peer) {
  if (task.service) return answer_service(task, request, peer);
  LeaseAnswer answer{.request = request.request, .result = task.result, .owner = {}};
  if (task.result == LeaseResult::granted) {
    log_.info("lease_granted",
              {{"node", view_.name_of(task.node)}, {"port", to_text(request.port)}});
    settle_conflict(task.node, request.port, "leased");
  } else {
    const auto owner = leases_.owner(request.port);
    if (owner && *owner != task.node) answer.owner = view_.name_of(*owner);
    note_denial(task.node, request.port, task.result);
  }
  peer.send(answer);
}

void AgentRegistry::note_denial(NodeId node, const LeasedPort& port, LeaseResult result) {
  const auto owner = leases_.owner(port);
  const std::string name = view_.name_of(node);
  if (owner && *owner != node) {
    if (!conflicts_.note(node, port, *owner, hooks_.now())) return;
    log_.warning("port_conflict",
                 {{"port", to_text(port)}, {"node", name}, {"owner", view_.name_of(*owner)}});
  } else {
    // Programs bind what the configuration serves, too: no alarm.
    log_.info("lease_refused",
              {{"port", to_text(port)}, {"node", name}, {"reason", name_of(result)}});
  }
}

void AgentRegistry::settle_conflict(NodeId node, const LeasedPort& port, const char* why) {
  if (!conflicts_.settle(node, port)) return;
  log_.info("port_conflict_over",
            {{"port", to_text(port)}, {"node", view_.name_of(node)}, {"reason", why}});
}

void AgentRegistry::send_away(NodeId node, RefusalReason reason, const std::string& text) {
  const auto found = members_.find(node);
  if (found == members_.end()) return;
  const std::shared_ptr<AgentPeer> peer = found->second.peer;
  leave(node, found->second.epoch, std::string(name_of(reason)));
  peer->refuse({reason, text});
}

AgentCounts AgentRegistry::counts() const {
  return {.joined = members_.size(),
          .leases = leases_.all().size(),
          .in_quarantine = leases_.in_quarantine(),
          .conflicts = conflicts_.lasting(),
          .conflicts_seen = conflicts_.total(),
          .services = services_.size(),
          .refused_services = services_.refusals(),
          .refused_addresses = refused_addresses_,
          .refused = refused_};
}

std::vector<switching::NodeLoad> AgentRegistry::loads() const {
  std::vector<switching::NodeLoad> loads;
  for (const auto& [node, member] : members_) {
    if (!member.load) continue;
    loads.push_back({node, static_cast<std::uint16_t>(std::min(*member.load, kMostLoad))});
  }
  return loads;
}

}  // namespace encluster::control
