// The body of PATCH /v1/nodes/{name}.
#pragma once

#include <stdexcept>
#include <string>

#include "rest/gateway.hpp"

namespace encluster::rest {

/// what() says what is wrong with a request, for its caller.
class BadRequest : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// From a JSON object with any of `weight` and `draining`; null clears (RFC 7396).
/// @throws BadRequest
[[nodiscard]] NodeWish parse_node_wish(const std::string& body);

}  // namespace encluster::rest
