// What a caller asks for of the connections: the query of GET /v1/connections.
#pragma once

#include <map>
#include <string>

#include "rest/gateway.hpp"

namespace encluster::rest {

/// @param query as the target has it. @throws BadRequest
[[nodiscard]] ConnectionQuery parse_connection_query(
    const std::map<std::string, std::string>& query);

/// Whether everything holds of the connection that the filter says.
[[nodiscard]] bool matches(const ConnectionFilter& filter, const ConnectionView& connection);

}  // namespace encluster::rest
