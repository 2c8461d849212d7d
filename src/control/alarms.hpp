// What an operator has to know, and has to know for as long as it lasts (docs/alarms.md).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encluster::control {

enum class AlarmKind : std::uint8_t {
  node_down,
  service_without_node,
  agent_away,
  agent_refused,
  port_conflict,
  export_refused,
  connections_high,
  handshakes_high,
  buffers_low,
  change_refused,
  recovering,
  count_
};

inline constexpr std::size_t kAlarmKinds = static_cast<std::size_t>(AlarmKind::count_);

enum class AlarmSeverity : std::uint8_t { warning, critical };

struct AlarmKindText {
  AlarmKind kind;
  std::string_view name;  ///< as in metrics, logs and the REST answers
  AlarmSeverity severity;
  std::chrono::seconds delay;  ///< for which the condition has to hold before it is an alarm
  std::string_view meaning;    ///< a sentence
  std::string_view action;     ///< what to do: a sentence
};

inline constexpr std::array<AlarmKindText, kAlarmKinds> kAlarmKindTexts{{
    {AlarmKind::node_down, "node_down", AlarmSeverity::warning, std::chrono::seconds(0),
     "A node does not answer, or a service on it fails its checks.",
     "Look at the node and its cable; node_down in the log says why it counts as down."},
    {AlarmKind::service_without_node, "service_without_node", AlarmSeverity::critical,
     std::chrono::seconds(0), "No node takes new sessions of a service.",
     "Look with enclusterctl services and enclusterctl nodes which nodes are down or drain."},
    {AlarmKind::agent_away, "agent_away", AlarmSeverity::warning, std::chrono::seconds(10),
     "A node that has a token is up, but its agent has not joined.",
     "Look at the journal of encluster-agent on the node."},
    {AlarmKind::agent_refused, "agent_refused", AlarmSeverity::warning, std::chrono::seconds(0),
     "Connections of agents were refused within the last ten minutes.",
     "Look for agent_refused in the log: it names the address, the node and the reason."},
    {AlarmKind::port_conflict, "port_conflict", AlarmSeverity::warning, std::chrono::seconds(0),
     "A node wants a port that another node has.",
     "Stop the program on one of the nodes, or give it another port."},
    {AlarmKind::export_refused, "export_refused", AlarmSeverity::warning, std::chrono::seconds(0),
     "An export of a node is not used, or not safe to use.",
     "Look with enclusterctl exports which export goes before, and change one of them."},
    {AlarmKind::connections_high, "connections_high", AlarmSeverity::warning,
     std::chrono::seconds(0), "The table of connections is more than 80 % full.",
     "Look with enclusterctl connections who has them; raise connections.maximum, and restart."},
    {AlarmKind::handshakes_high, "handshakes_high", AlarmSeverity::warning, std::chrono::seconds(0),
     "More than 80 % of the room for handshakes is taken: there may be a flood of SYNs.",
     "Look with enclusterctl connections --state embryonic where they come from."},
    {AlarmKind::buffers_low, "buffers_low", AlarmSeverity::critical, std::chrono::seconds(0),
     "Less than 10 % of the packet buffers are free.", "Raise memory.megabytes, and restart."},
    {AlarmKind::change_refused, "change_refused", AlarmSeverity::critical, std::chrono::seconds(0),
     "A configuration or a change was refused: the gateway goes on with what it had.",
     "Mend what the text names; then enclusterctl reload."},
    {AlarmKind::recovering, "recovering", AlarmSeverity::warning, std::chrono::seconds(0),
     "Nodes have not told yet which connections they have: sessions wait.",
     "Wait for ten seconds; recovery_incomplete in the log names the nodes that did not tell."},
}};

namespace detail {
constexpr bool alarm_kinds_in_order() {
  for (std::size_t i = 0; i < kAlarmKinds; ++i) {
    const AlarmKindText& text = kAlarmKindTexts[i];
    if (static_cast<std::size_t>(text.kind) != i) return false;
    if (text.name.empty() || text.meaning.empty() || text.action.empty()) return false;
  }
  return true;
}
}  // namespace detail
static_assert(detail::alarm_kinds_in_order(), "kAlarmKindTexts must follow the enumerators");

constexpr const AlarmKindText& text_of(AlarmKind kind) noexcept {
  return kAlarmKindTexts[static_cast<std::size_t>(kind)];
}
constexpr std::string_view name_of(AlarmKind kind) noexcept { return text_of(kind).name; }
constexpr std::string_view name_of(AlarmSeverity severity) noexcept {
  return severity == AlarmSeverity::critical ? "critical" : "warning";
}

/// A condition that holds. Kind and subject say which it is; of one, there is one alarm.
struct Alarm {
  AlarmKind kind = AlarmKind::node_down;
  std::string subject;  ///< a node, a port, a service, a reason; may be empty
  std::string text;     ///< what is known of it, for people; may hold what others wrote
  /// When the condition began to hold; Alarms sets it.
  std::chrono::system_clock::time_point since{};

  friend bool operator==(const Alarm&, const Alarm&) = default;
};

/// The alarms that stand. Control thread only; asks no clock.
class Alarms {
 public:
  struct Moment {
    std::chrono::steady_clock::time_point steady;  ///< delays are measured by
    std::chrono::system_clock::time_point wall;    ///< people are told
  };
  struct Change {
    std::vector<Alarm> began;
    std::vector<Alarm> ended;  ///< with their last text
  };

  /// Exactly these conditions hold now. What held before keeps its time; its text is renewed. Of
  /// two with one kind and subject, the first counts. In order of kind, then subject.
  [[nodiscard]] Change update(std::vector<Alarm> now, const Moment& moment);

  /// In order of kind, then subject.
  [[nodiscard]] std::vector<Alarm> standing() const;
  [[nodiscard]] bool stands(AlarmKind kind, std::string_view subject = {}) const;
  /// How many of the kind stand.
  [[nodiscard]] std::size_t count(AlarmKind kind) const;

 private:
  struct Condition {
    Alarm alarm;
    std::chrono::steady_clock::time_point began;
    bool stands = false;  ///< its delay is over
  };

  std::map<std::pair<AlarmKind, std::string>, Condition> conditions_;
};

}  // namespace encluster::control
