// The alarms of the running gateway.
#pragma once

#include <string>

#include "control/alarm_watch.hpp"
#include "control/log.hpp"
#include "enclusterd/rest_gateway.hpp"

namespace encluster {

/// Control thread only.
class GatewayAlarms {
 public:
  /// @param log outlives this
  explicit GatewayAlarms(control::Logger& log) : watch_(log) {}

  /// The configuration was to be taken over. @param problem why it was not; empty: it was
  void note_reload(std::string problem) { reload_refused_ = std::move(problem); }
  /// Looks at everything: once a second. Takes time in proportion to nodes, services and exports.
  void look(const RestParts& parts);

  [[nodiscard]] const control::Alarms& alarms() const noexcept { return watch_.alarms(); }

 private:
  control::AlarmWatch watch_;
  std::string reload_refused_;
};

}  // namespace encluster
