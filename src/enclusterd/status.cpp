#include "enclusterd/status.hpp"

#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <vector>

#include "encluster/drop_reason.hpp"
#include "switching/counters.hpp"

namespace encluster {

namespace {

using rest::NamedCount;
using switching::Counters;

template <typename Field>
std::uint64_t sum(const std::vector<const Counters*>& blocks, Field field) {
  std::uint64_t total = 0;
  for (const Counters* block : blocks) total += (block->*field).value();
  return total;
}

/// Resident memory of this process in bytes (proc(5), statm); 0 if the kernel doesn't tell.
std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// One line with all of them.
void log_counts(control::Logger& log, std::string_view event,
                const std::vector<NamedCount>& counts) {
  std::vector<control::LogField> fields;
  for (const NamedCount& count : counts) fields.emplace_back(count.name, count.count);
  log.log(control::LogLevel::info, event, fields);
}

}  // namespace

std::vector<NamedCount> status_counts(const datapath::Devices& devices,
                                      const datapath::Engine& engine,
                                      const control::Configuration& configuration) {
  const std::vector<const Counters*> blocks = engine.counters();
  const auto room = [&](std::uint32_t of_each) {
    return std::uint64_t{of_each} * configuration.workers;
  };
  return {{"mbufs", devices.buffers()},
          {"mbufs_in_use", devices.buffers_in_use()},
          {"connections", sum(blocks, &Counters::connections)},
          {"connections_limit", room(configuration.connections.maximum)},
          {"embryonic", sum(blocks, &Counters::embryonic)},
          {"embryonic_limit", room(configuration.connections.embryonic)},
          {"expectations", sum(blocks, &Counters::announcing)},
          {"held", sum(blocks, &Counters::waiting)},
          {"fragmented", sum(blocks, &Counters::fragmented)},
          {"flooded", sum(blocks, &Counters::flooded)},
          {"connections_opened", sum(blocks, &Counters::connections_opened)},
          {"connections_expired", sum(blocks, &Counters::connections_expired)},
          {"claims_granted", sum(blocks, &Counters::claims_granted)},
          {"claims_renumbered", sum(blocks, &Counters::claims_renumbered)},
          {"echoes_renumbered", sum(blocks, &Counters::echoes_renumbered)},
          {"announcements", sum(blocks, &Counters::announcements)},
          {"announcements_replaced", sum(blocks, &Counters::announcements_replaced)},
          {"probes_sent", sum(blocks, &Counters::probes_sent)},
          {"resets_sent", sum(blocks, &Counters::resets_sent)},
          {"syns_by_hash", sum(blocks, &Counters::syns_by_hash)},
          {"flooded_seconds", sum(blocks, &Counters::flooded_seconds)},
          {"events_lost", sum(blocks, &Counters::events_lost)},
          {"handed_over", sum(blocks, &Counters::handed_over)},
          {"rss_bytes", resident_bytes()}};
}

std::vector<NamedCount> drop_counts(const datapath::Engine& engine) {
  const std::vector<const Counters*> blocks = engine.counters();
  std::vector<NamedCount> drops;
  for (const DropReasonText& text : kDropReasonTexts) {
    std::uint64_t count = 0;
    for (const Counters* block : blocks) {
      count += block->drops[static_cast<std::size_t>(text.reason)].value();
    }
    drops.push_back({text.name, count});
  }
  return drops;
}

std::vector<NamedCount> agent_counts(const control::AgentCounts& counts) {
  using agent_protocol::RefusalReason;
  const auto refused = [&counts](RefusalReason reason) {
    const auto found = counts.refused.find(reason);
    return found == counts.refused.end() ? 0 : found->second;
  };
  return {{"joined", counts.joined},
          {"leases", counts.leases},
          {"in_quarantine", counts.in_quarantine},
          {"port_conflicts", counts.conflicts},
          {"port_conflicts_seen", counts.conflicts_seen},
          {"services", counts.services},
          {"refused_services", counts.refused_services},
          {"refused_addresses", counts.refused_addresses},
          {"refused_versions", refused(RefusalReason::version)},
          {"refused_credentials", refused(RefusalReason::credentials)},
          {"refused_messages", refused(RefusalReason::protocol)},
          {"refused_busy", refused(RefusalReason::busy)}};
}

void log_status(control::Logger& log, const datapath::Devices& devices,
                const datapath::Engine& engine, const control::Configuration& configuration) {
  log_counts(log, "status", status_counts(devices, engine, configuration));
  for (const auto& [reason, count] : drop_counts(engine)) {
    if (count != 0) log.info("drop", {{"reason", reason}, {"count", count}});
  }
}

void log_agents(control::Logger& log, const control::AgentCounts& counts) {
  log_counts(log, "agents", agent_counts(counts));
}

void log_recovery(control::Logger& log, const recovery::Recovery::Summary& summary,
                  const std::string& missing, std::chrono::steady_clock::duration time) {
  using std::chrono::milliseconds;
  const bool complete = missing.empty();
  log.log(complete ? control::LogLevel::info : control::LogLevel::warning,
          complete ? "recovered" : "recovery_incomplete",
          {{"nodes", summary.nodes},
           {"missing", missing},
           {"connections", summary.restored.connections},
           {"conflicts", summary.restored.conflicts},
           {"refused", summary.restored.refused},
           {"milliseconds", std::chrono::duration_cast<milliseconds>(time).count()}});
}

}  // namespace encluster
