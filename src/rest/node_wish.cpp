#include "rest/node_wish.hpp"

#include <fmt/format.h>

#include <string_view>

#include "control/configuration.hpp"
#include "rest/json_body.hpp"

namespace encluster::rest {

namespace json = boost::json;

namespace {

constexpr std::string_view kMembers = "weight, draining";

Wish<std::uint16_t> weight_of(const json::value& value) {
  if (value.is_null()) return Wish<std::uint16_t>::to_clear();
  const std::int64_t* const number = value.if_int64();
  if (number == nullptr || *number < 0 || *number > control::kMaxWeight) {
    refuse_value("weight", value,
                 fmt::format("a whole number from 0 to {}, or null", control::kMaxWeight));
  }
  return Wish<std::uint16_t>::to_set(static_cast<std::uint16_t>(*number));
}

Wish<bool> draining_of(const json::value& value) {
  if (value.is_null()) return Wish<bool>::to_clear();
  if (!value.is_bool()) refuse_value("draining", value, "true, false, or null");
  return Wish<bool>::to_set(value.get_bool());
}

}  // namespace

NodeWish parse_node_wish(const std::string& body) {
  NodeWish wish;
  for (const auto& [key, item] : parse_object(body, kMembers)) {
    if (key == "weight") {
      wish.weight = weight_of(item);
    } else if (key == "draining") {
      wish.draining = draining_of(item);
    } else {
      refuse_key({key.data(), key.size()}, kMembers);
    }
  }
  return wish;
}

}  // namespace encluster::rest
