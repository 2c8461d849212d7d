// Connections that nodes give back to a gateway that has lost them (docs/decisions/0012).
#pragma once

#include <cstdint>

#include "switching/burst_context.hpp"
#include "switching/worker_event.hpp"

namespace encluster::switching {

/// Records each of the page's connections that the gateway has to know, unless the table has it
/// already; what port arithmetic or the message switch alone decides needs no record. A connection
/// that another node has, and that is not over, stays that node's, and counts as a conflict.
/// Worker thread.
/// @return how many of them the table has now
[[nodiscard]] std::uint32_t restore(ReportPage& page, BurstContext& context) noexcept;

}  // namespace encluster::switching
