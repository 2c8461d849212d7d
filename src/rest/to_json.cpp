#include "rest/to_json.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <optional>
#include <string>

#include "control/alarms.hpp"
#include "control/configuration_format.hpp"
#include "rest/plain_text.hpp"
#include "rest/time_text.hpp"

namespace encluster::rest {

namespace json = boost::json;
using control::to_text;

namespace {

template <typename T>
json::value value_of(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object to_json(const std::vector<NamedCount>& counts) {
  json::object object;
  for (const NamedCount& count : counts) object[count.name] = count.count;
  return object;
}

json::object to_json(const TrafficView& traffic) {
  return {{"name", traffic.name},
          {"packets_received", traffic.packets_received},
          {"bytes_received", traffic.bytes_received},
          {"packets_sent", traffic.packets_sent},
          {"bytes_sent", traffic.bytes_sent}};
}

json::object to_json(const SliceView& slice) {
  return {{"node", slice.node}, {"first", slice.first.value()}, {"last", slice.last.value()}};
}

json::object to_json(const ServiceView& service) {
  json::object object{{"name", service.name},
                      {"protocol", to_text(service.protocol)},
                      {"port", service.port.value()}};
  object["plugin"] = text_or_null(service.plugin);
  object["nodes"] = json::array(service.nodes.begin(), service.nodes.end());
  return object;
}

json::object to_json(const SwitchEntryView& entry) {
  json::array ports;
  for (const auto& [node, port] : entry.node_ports) {
    ports.push_back({{"node", node}, {"port", port.value()}});
  }
  return {{"network", entry.network},
          {"protocol", to_text(entry.protocol)},
          {"port", entry.port.value()},
          {"service", text_or_null(entry.service)},
          {"decides", entry.by_function ? "function" : "node"},
          {"nodes", json::array(entry.nodes.begin(), entry.nodes.end())},
          {"node_ports", std::move(ports)}};
}

json::object to_json(const DropView& drop) {
  return {{"reason", drop.reason}, {"meaning", drop.meaning}, {"packets", drop.packets}};
}

json::object to_json(const LeaseView& lease) {
  return {
      {"protocol", to_text(lease.protocol)}, {"port", lease.port.value()}, {"node", lease.node}};
}

json::object to_json(const ConnectionView& connection) {
  json::object object{{"protocol", to_text(connection.protocol)},
                      {"remote", to_text(connection.remote)},
                      {"remote_port", connection.remote_port.value()},
                      {"cluster_port", connection.cluster_port.value()},
                      {"node_port", connection.node_port.value()},
                      {"node", connection.node}};
  object["service"] = text_or_null(connection.service);
  object["state"] = json::array(connection.state.begin(), connection.state.end());
  object["seconds_left"] = connection.seconds_left;
  object["idle_seconds"] = connection.idle_seconds;
  return object;
}

json::object to_json(const ExportView& exported) {
  return {{"path", exported.path},
          {"node", exported.node},
          {"keys", json::array(exported.keys.begin(), exported.keys.end())},
          {"clients", json::array(exported.clients.begin(), exported.clients.end())}};
}

json::object to_json(const RefusedExportView& refused) {
  return {{"node", refused.node},
          {"path", refused.path},
          {"reason", refused.reason},
          {"owner", text_or_null(refused.owner)},
          {"other", text_or_null(refused.other)}};
}

json::object to_json(const control::Alarm& alarm) {
  const control::AlarmKindText& text = control::text_of(alarm.kind);
  return {{"kind", text.name},
          {"severity", control::name_of(text.severity)},
          {"subject", text_or_null(plain(alarm.subject))},
          {"since", rest::to_text(alarm.since)},
          {"text", plain(alarm.text)},
          {"meaning", text.meaning},
          {"action", text.action}};
}

template <typename Views>
json::array list_of(const Views& views) {
  json::array array;
  array.reserve(views.size());
  for (const auto& view : views) array.push_back(to_json(view));
  return array;
}

}  // namespace

json::object to_json(const StatusView& status) {
  constexpr double kMilliseconds = 1000;
  json::object object{
      {"cluster", status.cluster},
      {"version", status.version},
      {"uptime_seconds", static_cast<double>(status.uptime.count()) / kMilliseconds},
      {"generation", status.generation},
      {"recovering", status.recovering},
      {"workers", status.workers}};
  object["counters"] = to_json(status.counters);
  object["traffic"] = list_of(status.traffic);
  object["drops"] = to_json(status.drops);
  object["agents"] = status.agents ? json::value(to_json(*status.agents)) : json::value(nullptr);
  return object;
}

json::object to_json(const NodeView& node) {
  json::object object{
      {"name", node.name}, {"id", node.id.value()}, {"address", to_text(node.address)},
      {"up", node.up},     {"weight", node.weight}, {"draining", node.draining}};
  object["configured"] =
      json::object{{"weight", node.configured_weight}, {"draining", node.configured_draining}};
  object["changed"] = json::object{{"weight", value_of(node.changed_weight)},
                                   {"draining", value_of(node.changed_draining)}};
  object["agent"] = value_of(node.agent);
  object["load"] = value_of(node.load);
  object["leases"] = node.leases;
  return object;
}

json::object to_json(const std::vector<NodeView>& nodes) { return {{"nodes", list_of(nodes)}}; }

json::object to_json(const std::vector<ServiceView>& services) {
  json::array all;
  for (const ServiceView& service : services) {
    json::object object = to_json(service);
    object["network"] = text_or_null(service.network);
    json::object options;
    for (const auto& [key, value] : service.options) options[key] = value;
    object["options"] = std::move(options);
    const auto& open = service.nodes_for_sessions;
    object["nodes_for_sessions"] = json::array(open.begin(), open.end());
    all.push_back(std::move(object));
  }
  return {{"services", std::move(all)}};
}

json::object to_json(const SwitchView& view) {
  return {{"generation", view.generation}, {"entries", list_of(view.entries)}};
}

json::object to_json(const std::vector<DropView>& drops) { return {{"drops", list_of(drops)}}; }

json::object to_json(const RouteView& route) {
  std::string hex;
  for (const std::byte byte : route.frame) {
    hex += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  }
  json::array looked_at;
  for (const RuleView& rule : route.looked_at) {
    looked_at.push_back({{"rule", rule.rule}, {"found", rule.found}});
  }
  return {{"verdict", route.verdict},
          {"reason", text_or_null(route.reason)},
          {"meaning", text_or_null(route.meaning)},
          {"rule", route.rule},
          {"service", text_or_null(route.service)},
          {"node", text_or_null(route.node)},
          {"from", route.from},
          {"to", text_or_null(route.to)},
          {"received", route.received},
          {"sent", text_or_null(route.sent)},
          {"frame", text_or_null(hex)},
          {"looked_at", std::move(looked_at)}};
}

json::object to_json(const PortsView& ports) {
  return {{"slices", list_of(ports.slices)},
          {"services", list_of(ports.services)},
          {"leases", list_of(ports.leases)}};
}

json::object to_json(const ExportsView& exports) {
  return {{"exports", list_of(exports.exports)}, {"refused", list_of(exports.refused)}};
}

json::object to_json(const ConnectionList& list) {
  json::object object;
  object["connections"] = list_of(list.connections);
  object["next"] = list.next ? json::value(rest::to_text(*list.next)) : json::value(nullptr);
  return object;
}

json::object to_json(const std::vector<control::Alarm>& alarms) {
  return {{"alarms", list_of(alarms)}};
}

}  // namespace encluster::rest
