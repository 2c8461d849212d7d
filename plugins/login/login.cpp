#include "login/login.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <utility>

#include "login/rendezvous.hpp"
#include "login/scheduler.hpp"
#include "net/reply.hpp"

namespace encluster::login {

namespace {

struct SchedulerName {
  std::string_view name;
  SchedulerKind kind;
};
constexpr std::array<SchedulerName, 4> kSchedulerNames{{
    {"round-robin", SchedulerKind::round_robin},
    {"weighted-round-robin", SchedulerKind::weighted_round_robin},
    {"least-connections", SchedulerKind::least_connections},
    {"least-loaded", SchedulerKind::least_loaded},
}};

/// What one worker keeps of the service. The candidates are scratch space, filled for each burst.
struct LoginState final : WorkerState {
  std::unique_ptr<Scheduler> scheduler;
  std::vector<Candidate> candidates;
};

class LoginFunction final : public RoutingFunction {
 public:
  LoginFunction(SchedulerKind scheduler, std::vector<NodeId> candidates)
      : scheduler_(scheduler), candidates_(std::move(candidates)) {}

  void route(std::span<RouteRequest* const> burst, WorkerContext& context) const noexcept override;
  [[nodiscard]] std::optional<NodeId> node_by_hash(
      std::uint64_t hash, const WorkerContext& context) const noexcept override {
    return rendezvous(hash, candidates_, context.nodes);
  }
  [[nodiscard]] std::unique_ptr<WorkerState> make_worker_state(WorkerId) const override;

 private:
  void look_at_nodes(LoginState& state, const WorkerContext& context) const noexcept;
  void schedule(RouteRequest& request, LoginState& state,
                const WorkerContext& context) const noexcept;

  SchedulerKind scheduler_;
  std::vector<NodeId> candidates_;
};

void refuse(RouteRequest& request, DropReason reason) noexcept {
  if (!net::turn_into_reset(*request.packet)) {
    request.drop(reason);
    return;
  }
  request.verdict = Verdict::answer;
  request.reason = reason;
}

/// Whether the gateway is eligible depends on who asks: a node is never sent to the gateway.
void admit_gateway(std::span<Candidate> candidates, bool admitted) noexcept {
  for (Candidate& candidate : candidates) {
    if (candidate.node.is_gateway()) candidate.eligible = admitted;
  }
}

std::unique_ptr<WorkerState> LoginFunction::make_worker_state(WorkerId) const {
  auto state = std::make_unique<LoginState>();
  state->scheduler = make_scheduler(scheduler_, candidates_.size());
  for (const NodeId node : candidates_) state->candidates.push_back({.node = node});
  return state;
}

void LoginFunction::look_at_nodes(LoginState& state, const WorkerContext& context) const noexcept {
  for (Candidate& candidate : state.candidates) {
    const std::size_t id = candidate.node.value();
    const NodeStatus status = id < context.nodes.size() ? context.nodes[id] : NodeStatus{};
    candidate.weight = status.weight;
    candidate.eligible = status.takes_new_sessions();
    candidate.load = status.load;
    candidate.connections =
        id < context.connections_by_node.size() ? context.connections_by_node[id] : 0;
  }
}

void LoginFunction::schedule(RouteRequest& request, LoginState& state,
                             const WorkerContext& context) const noexcept {
  const bool gateway_admitted =
      !request.from_node && !context.nodes.empty() && context.nodes[0].takes_new_sessions();
  admit_gateway(state.candidates, gateway_admitted);
  const auto chosen = state.scheduler->choose(state.candidates);
  if (!chosen) {
    refuse(request, DropReason::no_node);
    return;
  }
  Candidate& candidate = state.candidates[*chosen];
  request.forward(candidate.node);
  request.remember = true;
  if (context.simulated) return;
  state.scheduler->commit(state.candidates, *chosen);
  // The published counts know nothing of this burst: without this, all of its SYNs would go to the
  // node that had the fewest connections before it.
  ++candidate.connections;
}

void LoginFunction::route(std::span<RouteRequest* const> burst,
                          WorkerContext& context) const noexcept {
  assert(context.state != nullptr);
  auto& state = static_cast<LoginState&>(*context.state);
  look_at_nodes(state, context);
  state.scheduler->look_at_clock(context.now);
  for (RouteRequest* const request : burst) {
    const Packet& packet = *request->packet;
    const bool opens =
        packet.has(tcp_flag::syn) && !packet.has(tcp_flag::ack) && !packet.has(tcp_flag::rst);
    if (opens) {
      schedule(*request, state, context);
    } else {
      refuse(*request, DropReason::no_connection);
    }
  }
}

SchedulerKind scheduler_of(const ServiceConfig& config) {
  auto kind = SchedulerKind::round_robin;
  for (const auto& [key, value] : config.options) {
    if (key != "scheduler") {
      throw ServiceError(key, "found an unknown option of plugin login; allowed: scheduler");
    }
    const auto* const known = std::ranges::find(kSchedulerNames, value, &SchedulerName::name);
    if (known == kSchedulerNames.end()) {
      throw ServiceError(key, "found '" + value +
                                  "'; allowed: round-robin, weighted-round-robin, "
                                  "least-connections, least-loaded");
    }
    kind = known->kind;
  }
  return kind;
}

std::vector<NodeId> candidates_of(const ServiceConfig& config, const ClusterView& view) {
  if (!config.nodes.empty()) return config.nodes;
  std::vector<NodeId> nodes = view.nodes;
  std::erase(nodes, kGateway);
  return nodes;
}

}  // namespace

std::shared_ptr<const RoutingFunction> make_login(const ServiceConfig& config,
                                                  const ClusterView& view) {
  if (config.protocol != Protocol::tcp) {
    throw ServiceError("port", "found a port that is not TCP; allowed: PORT/tcp");
  }
  return std::make_shared<LoginFunction>(scheduler_of(config), candidates_of(config, view));
}

}  // namespace encluster::login
