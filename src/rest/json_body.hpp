// Bodies of requests that are JSON.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "rest/gateway.hpp"

namespace encluster::rest {

/// @param members what the object may have, for the error: "weight, draining"
/// @throws BadRequest if it is no object, or too deep for one that is right
[[nodiscard]] boost::json::object parse_object(const std::string& body, std::string_view members);

/// @throws BadRequest
[[noreturn]] void refuse_value(std::string_view key, const boost::json::value& found,
                               std::string_view allowed);
[[noreturn]] void refuse_key(std::string_view key, std::string_view allowed);

}  // namespace encluster::rest
