// "Where would this go?": the body of POST /v1/route.
#pragma once

#include <string>

#include "rest/gateway.hpp"

namespace encluster::rest {

/// From a JSON object with `frame`, or with `protocol`, `source` and `destination`.
/// @throws BadRequest
[[nodiscard]] RouteQuestion parse_route_question(const std::string& body);

}  // namespace encluster::rest
