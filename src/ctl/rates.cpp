#include "ctl/rates.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cstdint>
#include <string_view>

namespace encluster::ctl {

namespace json = boost::json;

namespace {

/// What of `counts` there was; zero of what is new.
std::uint64_t count_of(const json::object& counts, std::string_view name) {
  const json::value* const count = counts.if_contains(name);
  return count == nullptr ? 0 : count->to_number<std::uint64_t>();
}

/// @param seconds zero: nothing can be said, and all rates are zero
double rate(std::uint64_t before, std::uint64_t after, double seconds) {
  if (after <= before || seconds <= 0) return 0;
  return static_cast<double>(after - before) / seconds;
}

json::object count_rates(const json::object& before, const json::object& after, double seconds) {
  json::object all;
  for (const auto& [name, count] : after) {
    all[name] = rate(count_of(before, name), count.to_number<std::uint64_t>(), seconds);
  }
  return all;
}

/// The counts of the side with this name; none of a new one.
json::object side_named(const json::array& traffic, const json::value& name) {
  const auto* const side =
      std::ranges::find_if(traffic, [&](const json::value& one) { return one.at("name") == name; });
  return side == traffic.end() ? json::object() : side->as_object();
}

json::array traffic_rates(const json::array& before, const json::array& after, double seconds) {
  json::array all;
  for (const json::value& side : after) {
    const json::object earlier = side_named(before, side.at("name"));
    json::object told{{"name", side.at("name")}};
    for (const char* const count :
         {"packets_received", "bytes_received", "packets_sent", "bytes_sent"}) {
      told[count] =
          rate(count_of(earlier, count), side.at(count).to_number<std::uint64_t>(), seconds);
    }
    all.push_back(std::move(told));
  }
  return all;
}

}  // namespace

json::object rates(const Sample& before, const Sample& after) {
  json::object status = after.status.as_object();
  const double begun = before.status.at("uptime_seconds").to_number<double>();
  const double now = status.at("uptime_seconds").to_number<double>();
  const bool restarted = now < begun;
  const double seconds = restarted ? now : now - begun;
  json::object earlier = before.status.as_object();
  if (restarted) {
    earlier = {{"traffic", json::array()}, {"counters", json::object()}, {"drops", json::object()}};
  }
  json::object told{{"seconds", seconds}, {"restarted", restarted}};
  told["traffic"] =
      traffic_rates(earlier.at("traffic").as_array(), status.at("traffic").as_array(), seconds);
  told["drops"] =
      count_rates(earlier.at("drops").as_object(), status.at("drops").as_object(), seconds);
  constexpr const char* kOpened = "connections_opened";
  told[kOpened] = rate(count_of(earlier.at("counters").as_object(), kOpened),
                       count_of(status.at("counters").as_object(), kOpened), seconds);
  status.erase("traffic");
  status.erase("drops");
  told["status"] = std::move(status);
  told["nodes"] = after.nodes.at("nodes");
  told["services"] = after.services.at("services");
  return told;
}

}  // namespace encluster::ctl
