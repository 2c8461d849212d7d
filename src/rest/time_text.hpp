// Moments as JSON has them.
#pragma once

#include <chrono>
#include <string>

namespace encluster::rest {

/// RFC 3339, in UTC, with milliseconds: `2026-01-31T08:00:00.250Z`.
[[nodiscard]] std::string to_text(std::chrono::system_clock::time_point time);

}  // namespace encluster::rest
