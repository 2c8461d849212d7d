// What the control thread may ask of a worker's tables.
#pragma once

#include <cstdint>

#include "switching/burst_context.hpp"
#include "switching/upkeep.hpp"
#include "switching/worker_event.hpp"

namespace encluster::switching {

struct CommandResult {
  bool finished = true;  ///< false: goes on between bursts, and answers later
  bool done = false;
  std::uint32_t count = 0;
};

/// Carries out any command but a simulation. Worker thread.
[[nodiscard]] CommandResult carry_out(const Command& command, BurstContext& context,
                                      Upkeep& upkeep) noexcept;

}  // namespace encluster::switching
