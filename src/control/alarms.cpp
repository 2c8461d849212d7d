#include "control/alarms.hpp"

#include <algorithm>

namespace encluster::control {

Alarms::Change Alarms::update(std::vector<Alarm> now, const Moment& moment) {
  Change change;
  std::map<std::pair<AlarmKind, std::string>, Condition> next;
  for (Alarm& alarm : now) {
    const std::pair key(alarm.kind, alarm.subject);
    if (next.contains(key)) continue;
    const auto before = conditions_.find(key);
    const bool news = before == conditions_.end();
    alarm.since = news ? moment.wall : before->second.alarm.since;
    Condition condition{.alarm = std::move(alarm),
                        .began = news ? moment.steady : before->second.began,
                        .stands = !news && before->second.stands};
    if (!condition.stands && moment.steady - condition.began >= text_of(key.first).delay) {
      condition.stands = true;
      change.began.push_back(condition.alarm);
    }
    next.emplace(key, std::move(condition));
  }
  for (const auto& [key, condition] : conditions_) {
    if (condition.stands && !next.contains(key)) change.ended.push_back(condition.alarm);
  }
  conditions_ = std::move(next);
  const auto order = [](const Alarm& alarm) { return std::pair(alarm.kind, alarm.subject); };
  std::ranges::sort(change.began, {}, order);
  return change;
}

std::vector<Alarm> Alarms::standing() const {
  std::vector<Alarm> alarms;
  for (const auto& [key, condition] : conditions_) {
    if (condition.stands) alarms.push_back(condition.alarm);
  }
  return alarms;
}

bool Alarms::stands(AlarmKind kind, std::string_view subject) const {
  const auto found = conditions_.find({kind, std::string(subject)});
  return found != conditions_.end() && found->second.stands;
}

std::size_t Alarms::count(AlarmKind kind) const {
  return static_cast<std::size_t>(std::ranges::count_if(conditions_, [kind](const auto& entry) {
    return entry.first.first == kind && entry.second.stands;
  }));
}

}  // namespace encluster::control
