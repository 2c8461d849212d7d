// The state of the gateway in figures (counters, drops, the fill of tables and pools), and as log
// lines: what SIGUSR1 asks for, and how the recovery ended.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "control/agent_registry.hpp"
#include "control/configuration.hpp"
#include "control/log.hpp"
#include "datapath/devices.hpp"
#include "datapath/engine.hpp"
#include "recovery/recovery.hpp"
#include "rest/views.hpp"

namespace encluster {

/// Counters and levels of the whole gateway.
[[nodiscard]] std::vector<rest::NamedCount> status_counts(
    const datapath::Devices& devices, const datapath::Engine& engine,
    const control::Configuration& configuration);
/// Every reason, also those that have not occurred.
[[nodiscard]] std::vector<rest::NamedCount> drop_counts(const datapath::Engine& engine);
[[nodiscard]] std::vector<rest::NamedCount> agent_counts(const control::AgentCounts& counts);

/// One line `event=status` for the whole gateway, and one line `event=drop` for each reason that
/// has occurred. Control thread.
void log_status(control::Logger& log, const datapath::Devices& devices,
                const datapath::Engine& engine, const control::Configuration& configuration);

/// One line `event=agents`. Control thread.
void log_agents(control::Logger& log, const control::AgentCounts& counts);

/// How the recovery ended. @param missing names of nodes that were awaited in vain
/// @param time since the start
void log_recovery(control::Logger& log, const recovery::Recovery::Summary& summary,
                  const std::string& missing, std::chrono::steady_clock::duration time);

}  // namespace encluster
