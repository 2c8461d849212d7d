#include "control/alarm_watch.hpp"

#include <fmt/format.h>

#include <utility>

namespace encluster::control {

namespace {

constexpr std::uint64_t kPercent = 100;

void add_named(std::vector<Alarm>& now, AlarmKind kind,
               const std::vector<AlarmFacts::Named>& facts) {
  std::size_t told = 0;
  for (const AlarmFacts::Named& fact : facts) {
    if (told == AlarmWatch::kMostOfAKind) break;
    now.push_back({kind, fact.subject, fact.text});
    ++told;
  }
  if (told == facts.size()) return;
  now.push_back(
      {kind, std::string(AlarmWatch::kMore), fmt::format("{} more", facts.size() - told)});
}

void add_refused_changes(std::vector<Alarm>& now, const AlarmFacts& facts) {
  for (const auto& [subject, problem] : {std::pair("configuration", &facts.reload_refused),
                                         std::pair("snapshot", &facts.snapshot_refused)}) {
    if (!problem->empty()) now.push_back({AlarmKind::change_refused, subject, *problem});
  }
}

}  // namespace

void AlarmWatch::look(const AlarmFacts& facts, const Alarms::Moment& moment) {
  // Marks in percent: buffers are low when more than 90 % of them are in use.
  constexpr std::uint64_t kHigh = 80;
  constexpr std::uint64_t kHighAgain = 75;
  constexpr std::uint64_t kNoBuffers = 90;
  constexpr std::uint64_t kBuffersAgain = 85;
  std::vector<Alarm> now;
  add_named(now, AlarmKind::node_down, facts.nodes_down);
  add_named(now, AlarmKind::service_without_node, facts.services_without_node);
  add_named(now, AlarmKind::agent_away, facts.agents_away);
  add_refusals(now, facts, moment.steady);
  add_named(now, AlarmKind::port_conflict, facts.port_conflicts);
  add_named(now, AlarmKind::export_refused, facts.exports_refused);
  add_level(now, AlarmKind::connections_high, facts.connections, kHigh, kHighAgain);
  add_level(now, AlarmKind::handshakes_high, facts.handshakes, kHigh, kHighAgain);
  add_level(now, AlarmKind::buffers_low, facts.buffers, kNoBuffers, kBuffersAgain);
  add_refused_changes(now, facts);
  if (facts.recovering) {
    now.push_back({AlarmKind::recovering, {}, "nodes have not told which connections they have"});
  }
  const Alarms::Change change = alarms_.update(std::move(now), moment);
  tell("alarm_raised", change.began);
  tell("alarm_cleared", change.ended);
}

void AlarmWatch::add_level(std::vector<Alarm>& now, AlarmKind kind, const FillLevel& level,
                           std::uint64_t raise, std::uint64_t clear) const {
  if (level.limit == 0) return;
  const std::uint64_t filled = level.used * kPercent;
  const bool high =
      alarms_.stands(kind) ? filled >= clear * level.limit : filled > raise * level.limit;
  if (high) now.push_back({kind, {}, fmt::format("{} of {} are in use", level.used, level.limit)});
}

void AlarmWatch::add_refusals(std::vector<Alarm>& now, const AlarmFacts& facts,
                              std::chrono::steady_clock::time_point time) {
  for (const auto& [reason, count] : facts.agent_refusals) {
    Refusals& known = refusals_[reason];
    if (known.count != count) known = {count, time};
    if (count == 0 || time - known.last >= kRefusalStands) continue;
    now.push_back({AlarmKind::agent_refused, reason, fmt::format("{} since the start", count)});
  }
}

/// The end of an alarm has its level, too: whoever reads only errors hears of both.
void AlarmWatch::tell(std::string_view event, const std::vector<Alarm>& alarms) {
  for (const Alarm& alarm : alarms) {
    const AlarmSeverity severity = text_of(alarm.kind).severity;
    log_.log(severity == AlarmSeverity::critical ? LogLevel::error : LogLevel::warning, event,
             {{"kind", name_of(alarm.kind)},
              {"severity", name_of(severity)},
              {"subject", alarm.subject},
              {"text", alarm.text}});
  }
}

}  // namespace encluster::control
