// What GET /metrics tells (docs/metrics.md).
#pragma once

#include <string>

#include "rest/exposition.hpp"
#include "rest/gateway.hpp"

namespace encluster::rest {

/// Everything that the gateway counts, and how it is. Control thread.
[[nodiscard]] std::string metrics_text(const Gateway& gateway, Exposition::Format format);

}  // namespace encluster::rest
