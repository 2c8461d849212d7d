// What SIGUSR1 asks for: counters, drops and the fill of tables and pools, as log lines.
#pragma once

#include "control/agent_registry.hpp"
#include "control/log.hpp"
#include "datapath/devices.hpp"
#include "datapath/engine.hpp"

namespace encluster {

/// One line `event=status` for the whole gateway, and one line `event=drop` for each reason that
/// has occurred. Control thread.
void log_status(control::Logger& log, const datapath::Devices& devices,
                const datapath::Engine& engine);

/// One line `event=agents`. Control thread.
void log_agents(control::Logger& log, const control::AgentCounts& counts);

}  // namespace encluster
