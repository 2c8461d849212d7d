#include "rest/metrics.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "control/alarms.hpp"

namespace encluster::rest {

namespace {

using enum MetricType;

/// How a count of the status is called here.
struct CountText {
  std::string_view count;
  MetricFamily family;
  std::string_view reason{};  ///< label; empty: none
};

constexpr std::array<CountText, 24> kStatus{{
    {"mbufs", {"encluster_buffers", gauge, "Packet buffers that there are."}},
    {"mbufs_in_use", {"encluster_buffers_in_use", gauge, "Packet buffers that hold a packet."}},
    {"connections",
     {"encluster_connections", gauge, "Connections that the gateway keeps track of."}},
    {"connections_limit",
     {"encluster_connections_limit", gauge, "Connections for which there is room."}},
    {"embryonic",
     {"encluster_connections_embryonic", gauge, "Of the connections, handshakes not over yet."}},
    {"embryonic_limit",
     {"encluster_connections_embryonic_limit", gauge, "Handshakes for which there is room."}},
    {"expectations",
     {"encluster_sessions_announcing", gauge,
      "Sessions to rshd and rexecd whose second connection may come."}},
    {"held", {"encluster_packets_held", gauge, "Packets that wait for a next hop or a change."}},
    {"fragmented",
     {"encluster_datagrams_fragmented", gauge, "Datagrams in fragments that are followed."}},
    {"flooded", {"encluster_workers_flooded", gauge, "Workers that are in a flood of SYNs."}},
    {"connections_opened",
     {"encluster_connections_opened", counter, "Connections that began since the start."}},
    {"connections_expired",
     {"encluster_connections_expired", counter, "Connections that were forgotten after silence."}},
    {"claims_granted",
     {"encluster_claims_granted", counter, "Ports of the cluster that nodes got by using them."}},
    {"claims_renumbered",
     {"encluster_claims_renumbered", counter, "Claims that got another port than the node used."}},
    {"echoes_renumbered",
     {"encluster_echoes_renumbered", counter, "Echoes that got another identifier."}},
    {"announcements",
     {"encluster_announcements", counter, "Second connections that sessions announced."}},
    {"announcements_replaced",
     {"encluster_announcements_replaced", counter,
      "Announcements to which another port was written."}},
    {"probes_sent",
     {"encluster_probes_sent", counter,
      "Questions to nodes whether they still have a connection."}},
    {"resets_sent", {"encluster_resets_sent", counter, "RST segments that the gateway made."}},
    {"syns_by_hash",
     {"encluster_syns_by_hash", counter,
      "SYNs that found no room and were given to a node by hash."}},
    {"flooded_seconds",
     {"encluster_flooded_seconds", counter, "Seconds in which a worker was in a flood of SYNs."}},
    {"events_lost",
     {"encluster_worker_events_lost", counter, "Events of workers for which there was no room."}},
    {"handed_over",
     {"encluster_packets_handed_over", counter, "Packets given to the worker of their remote."}},
    {"rss_bytes",
     {"process_resident_memory_bytes", gauge, "Memory of the process that is resident."}},
}};

constexpr MetricFamily kRefusals{"encluster_agent_refusals", counter,
                                 "Connections of agents that were refused, by reason."};
constexpr std::array<CountText, 12> kAgents{{
    {"joined", {"encluster_agents_joined", gauge, "Agents that have joined."}},
    {"leases", {"encluster_leases", gauge, "Ports that nodes hold alone."}},
    {"in_quarantine",
     {"encluster_leases_in_quarantine", gauge, "Of the leases, those of agents that are away."}},
    {"port_conflicts",
     {"encluster_port_conflicts_open", gauge, "Ports that a node wants and another one has."}},
    {"port_conflicts_seen",
     {"encluster_port_conflicts", counter, "Conflicts about ports since the start."}},
    {"services", {"encluster_services_offered", gauge, "Services that nodes offer by themselves."}},
    {"refused_services",
     {"encluster_services_refused", counter, "Services that nodes offered in vain."}},
    {"refused_addresses", kRefusals, "address"},
    {"refused_versions", kRefusals, "version"},
    {"refused_credentials", kRefusals, "credentials"},
    {"refused_messages", kRefusals, "protocol"},
    {"refused_busy", kRefusals, "busy"},
}};

/// In the order of the table, so that what has one name stays together.
void tell_counts(Exposition& out, std::span<const CountText> texts,
                 const std::vector<NamedCount>& counts) {
  std::string_view last;
  for (const CountText& text : texts) {
    const auto found = std::ranges::find(counts, text.count, &NamedCount::name);
    if (found == counts.end()) continue;
    if (text.family.name != last) out.family(text.family);
    last = text.family.name;
    if (text.reason.empty()) {
      out.sample({}, found->count);
    } else {
      out.sample({{"reason", text.reason}}, found->count);
    }
  }
}

void tell_traffic(Exposition& out, const std::vector<TrafficView>& traffic) {
  out.family({"encluster_packets", counter, "Frames by side of the gateway and direction."});
  for (const TrafficView& one : traffic) {
    out.sample({{"network", one.name}, {"direction", "received"}}, one.packets_received);
    out.sample({{"network", one.name}, {"direction", "sent"}}, one.packets_sent);
  }
  out.family({"encluster_bytes", counter, "Bytes of these frames, without their FCS."});
  for (const TrafficView& one : traffic) {
    out.sample({{"network", one.name}, {"direction", "received"}}, one.bytes_received);
    out.sample({{"network", one.name}, {"direction", "sent"}}, one.bytes_sent);
  }
}

void tell_gateway(Exposition& out, const StatusView& status) {
  constexpr double kMilliseconds = 1000;
  out.family({"encluster_build_info", gauge, "Always 1: which gateway this is."});
  out.sample({{"cluster", status.cluster}, {"version", status.version}}, std::uint64_t{1});
  out.family({"encluster_uptime_seconds", gauge, "Time since the gateway's start."});
  out.sample({}, static_cast<double>(status.uptime.count()) / kMilliseconds);
  out.family({"encluster_snapshot_generation", gauge, "Changes that the workers were told of."});
  out.sample({}, status.generation);
  out.family({"encluster_recovering", gauge,
              "1 while nodes have not told yet which connections they have."});
  out.sample({}, std::uint64_t{status.recovering ? 1U : 0U});
  out.family({"encluster_workers", gauge, "Threads that switch packets."});
  out.sample({}, std::uint64_t{status.workers});
}

/// One figure of all nodes that have it.
template <typename Figure>
void tell_nodes(Exposition& out, const MetricFamily& family, const std::vector<NodeView>& nodes,
                Figure figure) {
  out.family(family);
  for (const NodeView& node : nodes) {
    if (const auto value = figure(node)) out.sample({{"node", node.name}}, double(*value));
  }
}

void tell_nodes(Exposition& out, const std::vector<NodeView>& nodes) {
  using Figure = std::optional<double>;
  tell_nodes(out, {"encluster_node_up", gauge, "1 if the node answers and passes its checks."},
             nodes, [](const NodeView& node) { return Figure(node.up ? 1 : 0); });
  tell_nodes(out, {"encluster_node_weight", gauge, "The node's share of new sessions, in force."},
             nodes, [](const NodeView& node) { return Figure(node.weight); });
  tell_nodes(out, {"encluster_node_draining", gauge, "1 if the node gets no new sessions."}, nodes,
             [](const NodeView& node) { return Figure(node.draining ? 1 : 0); });
  tell_nodes(out, {"encluster_node_leases", gauge, "Ports that the node holds alone."}, nodes,
             [](const NodeView& node) { return Figure(static_cast<double>(node.leases)); });
  tell_nodes(
      out, {"encluster_node_agent_joined", gauge, "1 if the node's agent has joined."}, nodes,
      [](const NodeView& node) { return node.agent ? Figure(*node.agent ? 1 : 0) : std::nullopt; });
  tell_nodes(out, {"encluster_node_load", gauge, "Runnable tasks a CPU, as its agent told."}, nodes,
             [](const NodeView& node) { return node.load; });
}

void tell_services(Exposition& out, const std::vector<ServiceView>& services) {
  out.family({"encluster_service_nodes", gauge, "Nodes that get new sessions of the service."});
  for (const ServiceView& service : services) {
    out.sample({{"service", service.name}}, std::uint64_t{service.nodes_for_sessions.size()});
  }
}

void tell_drops(Exposition& out, const std::vector<DropView>& drops) {
  out.family({"encluster_drops", counter, "Packets that were dropped, by reason."});
  for (const DropView& drop : drops) out.sample({{"reason", drop.reason}}, drop.packets);
}

void tell_exports(Exposition& out, const ExportsView& exports) {
  out.family({"encluster_exports", gauge, "Directory trees that the cluster exports."});
  out.sample({}, std::uint64_t{exports.exports.size()});
  std::map<std::string_view, std::uint64_t> refused;
  for (const RefusedExportView& one : exports.refused) ++refused[one.reason];
  out.family({"encluster_exports_refused", gauge, "Exports of nodes that are refused, by reason."});
  for (const auto& [reason, count] : refused) out.sample({{"reason", reason}}, count);
}

/// Every kind, also those of which none stands: a rule for alerts sees 0, not nothing.
void tell_alarms(Exposition& out, const std::vector<control::Alarm>& alarms) {
  out.family({"encluster_alarms", gauge, "Alarms that stand, by kind."});
  for (const control::AlarmKindText& text : control::kAlarmKindTexts) {
    const auto count = std::ranges::count(alarms, text.kind, &control::Alarm::kind);
    out.sample({{"kind", text.name}, {"severity", control::name_of(text.severity)}},
               static_cast<std::uint64_t>(count));
  }
}

}  // namespace

std::string metrics_text(const Gateway& gateway, Exposition::Format format) {
  Exposition out(format);
  const StatusView status = gateway.status();
  tell_gateway(out, status);
  tell_traffic(out, status.traffic);
  tell_counts(out, kStatus, status.counters);
  tell_drops(out, gateway.drops());
  tell_nodes(out, gateway.nodes());
  tell_services(out, gateway.services());
  tell_exports(out, gateway.exports());
  tell_alarms(out, gateway.alarms());
  if (status.agents) tell_counts(out, kAgents, *status.agents);
  return std::move(out).text();
}

}  // namespace encluster::rest
