#include "rest/json_body.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "control/configuration_error.hpp"

namespace encluster::rest {

namespace json = boost::json;

namespace {

/// More than a right body has; far less than would exhaust a stack.
constexpr std::size_t kMaxDepth = 8;

}  // namespace

json::object parse_object(const std::string& body, std::string_view members) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::value value = json::parse(body, error, {}, options);
  if (error) throw BadRequest(fmt::format("the body is no JSON: {}", error.message()));
  if (!value.is_object()) {
    refuse_value("body", value, fmt::format("an object with any of {}", members));
  }
  return std::move(value.get_object());
}

void refuse_value(std::string_view key, const json::value& found, std::string_view allowed) {
  throw BadRequest(fmt::format("{}: found {}; allowed: {}", key,
                               control::shown(json::serialize(found)), allowed));
}

void refuse_key(std::string_view key, std::string_view allowed) {
  throw BadRequest(
      fmt::format("{}: found an unknown key; allowed: {}", control::shown(key), allowed));
}

}  // namespace encluster::rest
