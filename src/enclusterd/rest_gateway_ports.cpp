// What the REST interface tells of ports, services and exports: a part of RestGateway.
#include <algorithm>
#include <tuple>
#include <utility>

#include "agent_protocol/names.hpp"
#include "control/configuration_format.hpp"
#include "enclusterd/rest_gateway.hpp"

namespace encluster {

using rest::PortsView;
using rest::ServiceView;
using rest::SwitchEntryView;
using rest::SwitchView;
using switching::Snapshot;
using switching::SwitchEntry;

ServiceView RestGateway::view_of(const ServiceConfig& service) const {
  ServiceView view{.name = service.name,
                   .protocol = service.protocol,
                   .port = service.port,
                   .network = service.network ? parts_.configuration.networks[*service.network].name
                                              : std::string(),
                   .plugin = service.plugin,
                   .options = service.options,
                   .nodes = {},
                   .nodes_for_sessions = {}};
  std::vector<NodeId> nodes = service.nodes;
  if (service.plugin.empty()) {
    nodes = {service.node};
  } else if (nodes.empty()) {
    nodes = all_nodes();
    nodes.erase(nodes.begin());
  }
  const auto& known = parts_.publisher.current().nodes;
  for (const NodeId node : nodes) {
    view.nodes.push_back(name_of(node));
    if (node.value() >= known.size()) continue;
    // A service's only node gets everything, whatever its share.
    const NodeStatus& status = known[node.value()];
    const bool open = service.plugin.empty() ? status.up : status.takes_new_sessions();
    if (open) view.nodes_for_sessions.push_back(view.nodes.back());
  }
  return view;
}

std::vector<ServiceView> RestGateway::services() const {
  std::vector<ServiceView> views;
  for (const ServiceConfig& service : parts_.controller.state().services) {
    views.push_back(view_of(service));
  }
  return views;
}

SwitchEntryView RestGateway::view_of(const SwitchEntry& entry, const Snapshot& snapshot) const {
  SwitchEntryView view{.network = snapshot.networks[entry.network].name,
                       .protocol = entry.protocol,
                       .port = entry.port,
                       .service = {},
                       .by_function = entry.function != nullptr,
                       .nodes = {},
                       .node_ports = {}};
  if (entry.service < snapshot.service_names.size()) {
    view.service = snapshot.service_names[entry.service];
  }
  if (!view.by_function) view.nodes = {name_of(entry.node)};
  for (const NodeId node : entry.candidates) view.nodes.push_back(name_of(node));
  for (const auto& [node, port] : entry.node_ports) {
    view.node_ports.emplace_back(name_of(node), port);
  }
  return view;
}

SwitchView RestGateway::message_switch() const {
  const Snapshot& snapshot = parts_.publisher.current();
  SwitchView view{.generation = snapshot.generation, .entries = {}};
  for (const SwitchEntry& entry : snapshot.message_switch.entries()) {
    view.entries.push_back(view_of(entry, snapshot));
  }
  std::ranges::sort(view.entries, {}, [](const SwitchEntryView& entry) {
    return std::tuple(entry.port.value(), entry.protocol, entry.network);
  });
  return view;
}

PortsView RestGateway::ports() const {
  const switching::ClusterState& state = parts_.controller.state();
  PortsView view;
  for (const NodeId node : all_nodes()) {
    const std::uint32_t size = state.ports.slice_size;
    if (size == 0) break;
    const std::uint32_t first = state.ports.first.value() + node.value() * size;
    view.slices.push_back({name_of(node), PortNumber(static_cast<std::uint16_t>(first)),
                           PortNumber(static_cast<std::uint16_t>(first + size - 1))});
  }
  for (const ServiceConfig& service : state.services) view.services.push_back(view_of(service));
  for (const switching::LeaseState& lease : state.leases) {
    view.leases.push_back({lease.protocol, lease.port, name_of(lease.node)});
  }
  return view;
}

rest::ExportsView RestGateway::exports() const {
  rest::ExportsView views;
  for (const ExportConfig& exported : parts_.controller.state().exports) {
    rest::ExportView view{
        .path = exported.path, .node = name_of(exported.node), .keys = {}, .clients = {}};
    for (const FileSystemKey& key : exported.keys) view.keys.push_back(control::to_text(key));
    for (const Ipv4Prefix& range : exported.clients) {
      view.clients.push_back(control::to_text(range));
    }
    views.exports.push_back(std::move(view));
  }
  for (const auto& [node, refused] : parts_.exports.current().refused) {
    for (const agent_protocol::RefusedExport& one : refused) {
      views.refused.push_back({name_of(node), one.path,
                               std::string(agent_protocol::name_of(one.reason)), one.owner,
                               one.other});
    }
  }
  return views;
}

}  // namespace encluster
