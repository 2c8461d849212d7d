// The body of PATCH /v1/nodes/{name}.
#pragma once

#include <string>

#include "rest/gateway.hpp"

namespace encluster::rest {

/// From a JSON object with any of `weight` and `draining`; null clears (RFC 7396).
/// @throws BadRequest
[[nodiscard]] NodeWish parse_node_wish(const std::string& body);

}  // namespace encluster::rest
