// A service whose routing function does what an option of its configuration says.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/reply.hpp"
#include "support/gateway.hpp"

namespace encluster::test {

inline constexpr std::uint16_t kScriptedPort = 2049;

/// Counts what it was asked: shows that it is made once per worker and kept.
struct Calls final : WorkerState {
  std::uint16_t bursts = 0;
  std::uint16_t messages = 0;
};

/// Gives every message the verdict that the service's option says.
class Scripted final : public RoutingFunction {
 public:
  Scripted(std::string verdict, const std::vector<NodeId>& nodes) : verdict_(std::move(verdict)) {
    for (const NodeId node : nodes) nodes_.push_back({node, {}});
  }

  void route(std::span<RouteRequest* const> burst, WorkerContext& context) const noexcept override {
    auto& calls = static_cast<Calls&>(*context.state);
    if (!context.simulated) ++calls.bursts;
    for (RouteRequest* request : burst) {
      if (!context.simulated) ++calls.messages;
      decide(*request, calls, context);
    }
  }
  [[nodiscard]] std::unique_ptr<WorkerState> make_worker_state(WorkerId) const override {
    return std::make_unique<Calls>();
  }

 private:
  void decide(RouteRequest& request, const Calls& calls, const WorkerContext& context) const {
    const bool beta_is_up = context.nodes.size() > 2 && context.nodes[2].up;
    if (verdict_ == "forward") request.forward(NodeId(2));
    if (verdict_ == "absent") request.forward(NodeId(9));
    if (verdict_ == "local") request.verdict = Verdict::local;
    if (verdict_ == "drop") request.verdict = Verdict::drop;
    if (verdict_ == "refuse") request.drop(DropReason::rate_limited);
    if (verdict_ == "other port" || verdict_ == "remembered port") {
      request.forward(NodeId(3));
      request.node_port = PortNumber(std::uint16_t{635});
      request.remember = verdict_ == "remembered port";
    }
    if (verdict_ == "port of calls" || verdict_ == "port of bursts") {
      request.forward(NodeId(1));
      request.node_port = PortNumber(verdict_ == "port of calls" ? calls.messages : calls.bursts);
    }
    if (verdict_ == "hold until beta") {
      request.forward(NodeId(2));
      if (!beta_is_up) request.verdict = Verdict::hold;
    }
    if (verdict_ == "answer" &&
        net::turn_into_unreachable(*request.packet, 3, request.packet->destination)) {
      request.verdict = Verdict::answer;
    }
    if (verdict_ == "copy when beta is up" && !beta_is_up) {
      request.verdict = Verdict::hold;
    } else if (verdict_.starts_with("copy")) {
      request.verdict = Verdict::copy;
      request.copies = nodes_;
    }
  }

  std::string verdict_;
  std::vector<NodePort> nodes_;
};

inline std::shared_ptr<const RoutingFunction> make_scripted(const ServiceConfig& config,
                                                            const ClusterView&) {
  std::vector<NodeId> nodes = config.nodes;
  if (config.options.contains("absent")) nodes.insert(nodes.begin(), NodeId(9));
  return std::make_shared<Scripted>(config.options.at("verdict"), std::move(nodes));
}

[[nodiscard]] inline ServiceConfig scripted(const std::string& verdict,
                                            Protocol protocol = Protocol::udp) {
  ServiceConfig service;
  service.name = "scripted";
  service.protocol = protocol;
  service.port = PortNumber(kScriptedPort);
  service.plugin = "scripted";
  service.options["verdict"] = verdict;
  service.nodes = {NodeId(1), NodeId(2), NodeId(3)};
  return service;
}

[[nodiscard]] inline switching::ClusterState cluster_with_scripted(const ServiceConfig& service) {
  switching::ClusterState state = example_cluster();
  state.services.push_back(service);
  return state;
}

/// A gateway with one service more, whose messages all get one verdict.
struct ScriptedGateway : Gateway {
  explicit ScriptedGateway(const ServiceConfig& service,
                           const switching::PipelineLimits& limits = small_limits())
      : Gateway(cluster_with_scripted(service), limits, {{"scripted", &make_scripted}}) {}
  explicit ScriptedGateway(const std::string& verdict) : ScriptedGateway(scripted(verdict)) {}
};

/// A call to the service by a remote.
[[nodiscard]] inline PacketBuilder call() {
  return udp().from(kRemote, 700).to(kCluster, kScriptedPort).payload("call");
}

}  // namespace encluster::test
