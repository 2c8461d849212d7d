// The running gateway, as the REST interface asks for it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/agent_service.hpp"
#include "control/alarms.hpp"
#include "control/cluster_controller.hpp"
#include "control/configuration.hpp"
#include "control/export_registry.hpp"
#include "control/log.hpp"
#include "control/roster.hpp"
#include "datapath/devices.hpp"
#include "datapath/engine.hpp"
#include "rcu/publisher.hpp"
#include "recovery/recovery.hpp"
#include "rest/gateway.hpp"
#include "switching/snapshot.hpp"

namespace encluster {

/// The parts that are asked; all of them outlive whoever asks.
struct RestParts {
  const control::Configuration& configuration;  ///< the current one
  std::chrono::steady_clock::time_point started;
  const datapath::Devices& devices;
  datapath::Engine& engine;
  const rcu::Publisher<switching::Snapshot>& publisher;
  control::ClusterController& controller;
  control::Roster& roster;
  const control::ExportRegistry& exports;
  const std::optional<control::AgentService>& agents;
  const recovery::Recovery& recovery;
  const control::Alarms& alarms;
  rest::EventRing& events;
  control::Logger& log;
  std::function<void()> reload;  ///< throws std::runtime_error, and nothing has changed
};

/// Control thread only.
class RestGateway final : public rest::Gateway {
 public:
  explicit RestGateway(const RestParts& parts) : parts_(parts) {}

  [[nodiscard]] bool is_recovering() const override;
  [[nodiscard]] rest::StatusView status() const override;
  [[nodiscard]] std::vector<rest::NodeView> nodes() const override;
  [[nodiscard]] rest::PortsView ports() const override;
  [[nodiscard]] std::vector<rest::ServiceView> services() const override;
  [[nodiscard]] rest::SwitchView message_switch() const override;
  [[nodiscard]] std::vector<rest::DropView> drops() const override;
  [[nodiscard]] rest::ExportsView exports() const override;
  [[nodiscard]] std::vector<control::Alarm> alarms() const override {
    return parts_.alarms.standing();
  }
  [[nodiscard]] rest::EventRing& events() override { return parts_.events; }
  void list_connections(const rest::ConnectionQuery& query, Listed listed) override;
  std::optional<rest::NodeView> change_node(const std::string& name,
                                            const rest::NodeWish& wish) override;
  void route(const rest::RouteQuestion& question, Routed routed) override;
  void reload() override { parts_.reload(); }

 private:
  [[nodiscard]] std::string name_of(NodeId node) const;
  [[nodiscard]] std::optional<NodeId> node_named(const std::string& name) const;
  [[nodiscard]] control::NodeShare configured_share(NodeId node) const;
  [[nodiscard]] rest::NodeView view_of(NodeId node) const;
  [[nodiscard]] rest::ServiceView view_of(const ServiceConfig& service) const;
  [[nodiscard]] rest::SwitchEntryView view_of(const switching::SwitchEntry& entry,
                                              const switching::Snapshot& snapshot) const;
  [[nodiscard]] std::vector<NodeId> all_nodes() const;
  void change_share(const std::string& name, NodeId node, const control::NodeChange& change);

  RestParts parts_;
};

}  // namespace encluster
