// From the state of the gateway to its alarms.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control/alarms.hpp"
#include "control/log.hpp"

namespace encluster::control {

/// How much of something is taken.
struct FillLevel {
  std::uint64_t used = 0;
  std::uint64_t limit = 0;  ///< 0: there is no such thing
};

/// What alarms are made of, at one moment.
struct AlarmFacts {
  /// A subject, and what is known of it.
  struct Named {
    std::string subject;
    std::string text;
  };

  std::vector<Named> nodes_down;
  std::vector<Named> services_without_node;
  std::vector<Named> agents_away;
  std::map<std::string, std::uint64_t> agent_refusals;  ///< since the start, by reason
  std::vector<Named> port_conflicts;                    ///< by port
  std::vector<Named> exports_refused;                   ///< by node and path
  FillLevel connections;
  FillLevel handshakes;
  FillLevel buffers;
  std::string reload_refused;    ///< why the last reload was refused; empty: it was not
  std::string snapshot_refused;  ///< the same of the last change of the cluster
  bool recovering = false;
};

/// Keeps the alarms, and logs `alarm_raised` and `alarm_cleared`. Control thread only.
class AlarmWatch {
 public:
  /// Of a kind, so many have subjects of their own; all others are one, whose subject is `more`.
  static constexpr std::size_t kMostOfAKind = 64;
  static constexpr std::string_view kMore = "more";
  /// For so long a refused agent is an alarm.
  static constexpr std::chrono::minutes kRefusalStands{10};

  /// @param log outlives this
  explicit AlarmWatch(Logger& log) : log_(log) {}

  void look(const AlarmFacts& facts, const Alarms::Moment& moment);
  [[nodiscard]] const Alarms& alarms() const noexcept { return alarms_; }

 private:
  struct Refusals {
    std::uint64_t count = 0;
    std::chrono::steady_clock::time_point last;
  };

  /// A level raises an alarm above one mark, and clears it below a lower one: it does not flap.
  void add_level(std::vector<Alarm>& now, AlarmKind kind, const FillLevel& level,
                 std::uint64_t raise, std::uint64_t clear) const;
  void add_refusals(std::vector<Alarm>& now, const AlarmFacts& facts,
                    std::chrono::steady_clock::time_point time);
  void tell(std::string_view event, const std::vector<Alarm>& alarms);

  Logger& log_;
  Alarms alarms_;
  std::map<std::string, Refusals> refusals_;  ///< by reason
};

}  // namespace encluster::control
