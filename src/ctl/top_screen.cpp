#include "ctl/top_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cmath>
#include <functional>
#include <string_view>
#include <utility>

#include "ctl/rest_tables.hpp"
#include "ctl/words.hpp"

namespace encluster::ctl {

namespace json = boost::json;

namespace {

using Lines = std::vector<Line>;

std::string rate_at(const json::value& rates, const char* name) {
  return rate_text(rates.at(name).to_number<double>());
}

Line summary(const json::object& rates) {
  const json::value& status = rates.at("status");
  std::string text = fmt::format(
      "{}, up {}, {} connections, {} opened a second", word(status.at("cluster")),
      uptime_text(status.at("uptime_seconds").to_number<double>()),
      word(status.at("counters").at("connections")), rate_at(rates, "connections_opened"));
  const bool recovering = status.at("recovering").as_bool();
  if (recovering) text += ", recovering";
  return {text, recovering ? Tone::warning : Tone::plain};
}

Lines traffic_lines(const json::object& rates) {
  Table table({{"TRAFFIC A SECOND"},
               {"PACKETS IN", Align::right},
               {"BYTES IN", Align::right},
               {"PACKETS OUT", Align::right},
               {"BYTES OUT", Align::right}});
  for (const json::value& side : rates.at("traffic").as_array()) {
    table.add({word(side.at("name")), rate_at(side, "packets_received"),
               rate_at(side, "bytes_received"), rate_at(side, "packets_sent"),
               rate_at(side, "bytes_sent")});
  }
  return table.lines();
}

Lines drop_lines(const json::object& rates) {
  std::vector<std::pair<double, std::string>> drops;
  for (const auto& [reason, rate] : rates.at("drops").as_object()) {
    const auto number = rate.to_number<double>();
    if (number > 0) drops.emplace_back(number, printable(reason));
  }
  std::ranges::stable_sort(drops, std::greater(), &std::pair<double, std::string>::first);
  Table table({{"DROPS A SECOND"}, {"PACKETS", Align::right}});
  for (const auto& [rate, reason] : drops) table.add({reason, rate_text(rate)});
  return table.empty() ? Lines{{"NO DROPS", Tone::heading}} : table.lines();
}

Lines node_lines(const json::object& rates) {
  Table table({{"NODE"},
               {"UP"},
               {"DRAINING"},
               {"WEIGHT", Align::right},
               {"LOAD", Align::right},
               {"LEASES", Align::right},
               {"AGENT"}});
  for (const json::value& node : rates.at("nodes").as_array()) {
    table.add({word(node.at("name")), word(node.at("up")), word(node.at("draining")),
               word(node.at("weight")), word(node.at("load")), word(node.at("leases")),
               word(node.at("agent"))},
              node_tone(node));
  }
  return table.lines();
}

Lines service_lines(const json::object& rates) {
  Table table({{"SERVICE"}, {"PORT", Align::right}, {"NODES FOR SESSIONS"}});
  for (const json::value& service : rates.at("services").as_array()) {
    const json::array& nodes = service.at("nodes_for_sessions").as_array();
    table.add({word(service.at("name")), port_text(service), joined(nodes, " ")},
              nodes.empty() ? Tone::alarm : Tone::plain);
  }
  return table.empty() ? Lines{{"NO SERVICES", Tone::heading}} : table.lines();
}

/// How many lines each part gets so that all fit: the shortest parts get all that they want.
template <std::size_t count>
std::array<std::size_t, count> shares(const std::array<Lines, count>& parts, std::size_t room) {
  std::array<std::size_t, count> order{};
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return parts[i].size(); });
  std::array<std::size_t, count> given{};
  std::size_t left = count;
  for (const std::size_t i : order) {
    given[i] = std::min(parts[i].size(), room / left--);
    room -= given[i];
  }
  return given;
}

/// The first lines of a part, of which the last tells how many are missing.
void append(Lines& screen, const Lines& part, std::size_t share) {
  if (share == 0) return;
  const auto shown = share < part.size() ? share - 1 : share;
  screen.insert(screen.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(shown));
  if (shown < part.size()) screen.push_back({fmt::format("... {} more", part.size() - shown)});
}

}  // namespace

std::string rate_text(double rate) {
  constexpr std::string_view kUnits = "kMGT";
  constexpr double kThousand = 1000;
  std::string unit;
  // What would be rounded to a thousand is told in the next unit.
  for (const char next : kUnits) {
    if (rate < kThousand - 0.5) break;
    rate /= kThousand;
    unit = next;
  }
  const bool whole = unit.empty() && std::abs(rate - std::round(rate)) < 0.0005;
  const int digits = whole || rate >= 99.95 ? 0 : rate >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f}{}", rate, digits, unit);
}

std::vector<Line> top_screen(const json::object& rates, const ScreenSize& size,
                             const std::string& notice) {
  Lines screen;
  if (!notice.empty()) screen.push_back({printable(notice), Tone::alarm});
  screen.push_back(summary(rates));
  const std::array parts{traffic_lines(rates), drop_lines(rates), node_lines(rates),
                         service_lines(rates)};
  const std::size_t above = screen.size() + parts.size();  // with an empty line before each part
  const auto given = shares(parts, size.height > above ? size.height - above : 0);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    screen.push_back({});
    append(screen, parts[i], given[i]);
  }
  if (screen.size() > size.height) screen.resize(size.height);
  for (Line& line : screen) line.text = cut(line.text, size.width);
  return screen;
}

}  // namespace encluster::ctl
