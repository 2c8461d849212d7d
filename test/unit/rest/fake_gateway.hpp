// A gateway that answers what a test says.
#pragma once

#include <stdexcept>
#include <utility>

#include "rest/gateway.hpp"

namespace encluster::rest {

class FakeGateway final : public Gateway {
 public:
  bool recovering = false;
  bool disk_full = false;
  bool wrong_configuration = false;
  int reloads = 0;
  std::optional<RouteQuestion> routed_question;
  std::optional<RouteView> route_view{{.verdict = "drop",
                                       .reason = "ipv6",
                                       .meaning = "The gateway does not carry IPv6.",
                                       .rule = "admission",
                                       .service = {},
                                       .node = {},
                                       .from = "campus",
                                       .to = {},
                                       .received = "a > b",
                                       .sent = {},
                                       .frame = {},
                                       .looked_at = {{"admission", "refused"}}}};
  std::vector<NodeView> present{named("gateway", 0), named("alpha", 1)};
  ConnectionList list{};
  bool answers_at_once = true;
  ConnectionQuery asked{};
  Listed waiting;
  std::optional<NodeWish> wished;
  EventRing ring{"run"};
  std::vector<control::Alarm> standing{{control::AlarmKind::node_down, "alpha", "it is\xff dead\n",
                                        std::chrono::system_clock::time_point{}}};

  [[nodiscard]] static NodeView named(const std::string& name, std::uint16_t id) {
    NodeView node;
    node.name = name;
    node.id = NodeId(id);
    node.address = Ipv4Address(10, 77, 0, static_cast<std::uint8_t>(10 + id));
    return node;
  }

  [[nodiscard]] bool is_recovering() const override { return recovering; }
  [[nodiscard]] StatusView status() const override {
    StatusView view;
    view.cluster = "demo";
    view.version = "1.2.3";
    view.uptime = std::chrono::milliseconds(1500);
    view.recovering = recovering;
    view.workers = 2;
    view.counters = {{"connections", 7}};
    view.traffic = {{"campus", 1, 2, 3, 4}};
    view.drops = {{"ipv6", 5}};
    return view;
  }
  [[nodiscard]] std::vector<NodeView> nodes() const override { return present; }
  [[nodiscard]] PortsView ports() const override {
    return {.slices = {{"alpha", PortNumber(std::uint16_t{100}), PortNumber(std::uint16_t{199})}},
            .services = services(),
            .leases = {{Protocol::udp, PortNumber(std::uint16_t{700}), "alpha"}}};
  }
  [[nodiscard]] std::vector<ServiceView> services() const override {
    return {{.name = "ssh",
             .protocol = Protocol::tcp,
             .port = PortNumber(std::uint16_t{22}),
             .network = "campus",
             .plugin = "login",
             .options = {{"scheduler", "least-loaded"}},
             .nodes = {"alpha", "beta"},
             .nodes_for_sessions = {"alpha"}}};
  }
  [[nodiscard]] SwitchView message_switch() const override {
    SwitchEntryView mount{.network = "campus",
                          .protocol = Protocol::udp,
                          .port = PortNumber(std::uint16_t{20048}),
                          .service = "mount",
                          .by_function = true,
                          .nodes = {"alpha"},
                          .node_ports = {{"alpha", PortNumber(std::uint16_t{892})}}};
    SwitchEntryView leased = mount;
    leased.service.clear();
    leased.by_function = false;
    leased.node_ports.clear();
    return {.generation = 4, .entries = {mount, leased}};
  }
  [[nodiscard]] std::vector<DropView> drops() const override {
    return {{"ipv6", "The gateway does not carry IPv6.", 5}};
  }
  [[nodiscard]] ExportsView exports() const override {
    return {.exports = {{"/export/home", "alpha", {"ganesha:257"}, {"198.51.100.0/24"}},
                        {"/export/all", "gateway", {}, {}}},
            .refused = {{"beta", "/export/b", "key-taken", "alpha", "/export/home"},
                        {"beta", "/export/c", "not-allowed", "", ""}}};
  }
  [[nodiscard]] std::vector<control::Alarm> alarms() const override { return standing; }
  [[nodiscard]] EventRing& events() override { return ring; }
  void list_connections(const ConnectionQuery& query, Listed listed) override {
    asked = query;
    if (answers_at_once) return listed(list);
    waiting = std::move(listed);
  }
  void route(const RouteQuestion& question, Routed routed) override {
    if (question.from == "nowhere") throw BadRequest("from: found 'nowhere'; allowed: campus");
    routed_question = question;
    routed(route_view);
  }
  void reload() override {
    if (wrong_configuration) throw std::runtime_error("gateway.yaml:3: wrong");
    ++reloads;
  }
  std::optional<NodeView> change_node(const std::string& name, const NodeWish& wish) override {
    if (disk_full) throw std::runtime_error("roster.yaml: no space");
    for (NodeView& node : present) {
      if (node.name != name) continue;
      wished = wish;
      node.changed_weight = wish.weight.over(node.changed_weight);
      node.changed_draining = wish.draining.over(node.changed_draining);
      node.weight = node.changed_weight.value_or(node.configured_weight);
      node.draining = node.changed_draining.value_or(node.configured_draining);
      return node;
    }
    return std::nullopt;
  }
};

}  // namespace encluster::rest
