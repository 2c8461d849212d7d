#include "ctl/rest_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "control/configuration.hpp"
#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "ctl/command_line.hpp"
#include "ctl/rest_answer.hpp"
#include "ctl/rest_tables.hpp"

namespace encluster::ctl {

namespace json = boost::json;

namespace {

/// A part of one list that is told in several.
std::string json_items(const json::array& items, bool first) {
  std::string text;
  for (const json::value& item : items) {
    if (!first) text += ",\n";
    first = false;
    text += json::serialize(item);
  }
  return text;
}

}  // namespace

void show_status(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).get("/v1/status"), output, status_text);
}

void show_nodes(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).get("/v1/nodes"), output,
       [](const json::value& answer, const Style& style) {
         return nodes_text(answer.at("nodes").as_array(), style);
       });
}

void show_services(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).get("/v1/services"), output, services_text);
}

void show_switch(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).get("/v1/switch"), output, switch_text);
}

void show_drops(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).get("/v1/drops"), output, drops_text);
}

void reload(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).post("/v1/reload"), output, [](const json::value& answer) {
    return fmt::format("reloaded: generation {}\n",
                       answer.at("generation").to_number<std::uint64_t>());
  });
}

void show_ports(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).get("/v1/ports"), output, ports_text);
}

void show_exports(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).get("/v1/exports"), output, exports_text);
}

void show_connections(const RestOptions& options, std::ostream& output) {
  const RestClient client = client_of(options);
  output << (options.json ? "{\"connections\":[" : connections_heading(options.style));
  bool first = true;
  const std::string begin = "?limit=1000" + query_text(options);
  for (std::string next = begin; !next.empty();) {
    const std::string answer = patiently([&] { return client.get("/v1/connections" + next); });
    next = with_answer(answer, [&](const json::value& page) {
      const json::array& items = page.at("connections").as_array();
      output << (options.json ? json_items(items, first) : connections_text(items, options.style));
      first = first && items.empty();
      const json::value& cursor = page.at("next");
      return cursor.is_null() ? std::string()
                              : begin + "&cursor=" + std::string(cursor.as_string());
    });
    output.flush();
  }
  if (options.json) output << "],\"next\":null}\n";
}

void change_node(const RestOptions& options, const std::string& change, std::ostream& output) {
  const std::string& node = options.words.at(0);
  if (!control::name().parse(node)) {
    throw UsageError(fmt::format("{} is no node's name", control::shown(node)));
  }
  const std::string answer = client_of(options).patch("/v1/nodes/" + node, change);
  show(options, answer, output, [](const json::value& changed, const Style& style) {
    return nodes_text(json::array{changed}, style);
  });
}

std::string weight_change(const std::string& weight) {
  const auto number = control::parse_number(weight);
  if (!number || *number > control::kMaxWeight) {
    throw UsageError(fmt::format("N: found {}; allowed: a whole number from 0 to {}",
                                 control::shown(weight), control::kMaxWeight));
  }
  return fmt::format(R"({{"weight":{}}})", *number);
}

}  // namespace encluster::ctl
