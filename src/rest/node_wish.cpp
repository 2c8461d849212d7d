#include "rest/node_wish.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "control/configuration.hpp"
#include "control/configuration_error.hpp"

namespace encluster::rest {

namespace json = boost::json;

namespace {

/// More than a right body has; far less than would exhaust a stack.
constexpr std::size_t kMaxDepth = 8;

[[noreturn]] void refuse(std::string_view key, const json::value& found, std::string_view allowed) {
  throw BadRequest(fmt::format("{}: found {}; allowed: {}", key,
                               control::shown(json::serialize(found)), allowed));
}

Wish<std::uint16_t> weight_of(const json::value& value) {
  if (value.is_null()) return Wish<std::uint16_t>::to_clear();
  const std::int64_t* const number = value.if_int64();
  if (number == nullptr || *number < 0 || *number > control::kMaxWeight) {
    refuse("weight", value,
           fmt::format("a whole number from 0 to {}, or null", control::kMaxWeight));
  }
  return Wish<std::uint16_t>::to_set(static_cast<std::uint16_t>(*number));
}

Wish<bool> draining_of(const json::value& value) {
  if (value.is_null()) return Wish<bool>::to_clear();
  if (!value.is_bool()) refuse("draining", value, "true, false, or null");
  return Wish<bool>::to_set(value.get_bool());
}

}  // namespace

NodeWish parse_node_wish(const std::string& body) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  const json::value value = json::parse(body, error, {}, options);
  if (error) throw BadRequest(fmt::format("the body is no JSON: {}", error.message()));
  const json::object* const object = value.if_object();
  if (object == nullptr) refuse("body", value, "an object with any of weight, draining");
  NodeWish wish;
  for (const auto& [key, item] : *object) {
    if (key == "weight") {
      wish.weight = weight_of(item);
    } else if (key == "draining") {
      wish.draining = draining_of(item);
    } else {
      throw BadRequest(fmt::format("{}: found an unknown key; allowed: weight, draining",
                                   control::shown(std::string_view(key.data(), key.size()))));
    }
  }
  return wish;
}

}  // namespace encluster::rest
