// The state of the gateway as log lines: what SIGUSR1 asks for (counters, drops, the fill of tables
// and pools), and how the recovery ended.
#pragma once

#include <chrono>
#include <string>

#include "control/agent_registry.hpp"
#include "control/log.hpp"
#include "datapath/devices.hpp"
#include "datapath/engine.hpp"
#include "recovery/recovery.hpp"

namespace encluster {

/// One line `event=status` for the whole gateway, and one line `event=drop` for each reason that
/// has occurred. Control thread.
void log_status(control::Logger& log, const datapath::Devices& devices,
                const datapath::Engine& engine);

/// One line `event=agents`. Control thread.
void log_agents(control::Logger& log, const control::AgentCounts& counts);

/// How the recovery ended. @param missing names of nodes that were awaited in vain
/// @param time since the start
void log_recovery(control::Logger& log, const recovery::Recovery::Summary& summary,
                  const std::string& missing, std::chrono::steady_clock::duration time);

}  // namespace encluster
