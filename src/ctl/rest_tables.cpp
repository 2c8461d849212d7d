#include "ctl/rest_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>

#include "ctl/table.hpp"
#include "ctl/words.hpp"

namespace encluster::ctl {

namespace json = boost::json;

namespace {

/// A table with a heading of its own; empty where there is nothing to tell.
std::string part(const char* heading, const Table& table, const Style& style) {
  return table.empty() ? std::string() : fmt::format("\n{}\n{}", heading, table.text(style));
}

/// @param zeros whether to tell of what has not occurred
std::string counts_part(const char* heading, const json::object& counts, bool zeros,
                        const Style& style) {
  Table table({{"NAME"}, {"COUNT", Align::right}});
  for (const auto& [name, count] : counts) {
    const auto number = count.to_number<std::uint64_t>();
    if (zeros || number != 0) table.add({printable(name), std::to_string(number)});
  }
  return part(heading, table, style);
}

/// A value in force, marked where it was changed at run time.
std::string marked(const std::string& text, const json::value& changed) {
  return changed.is_null() ? text : text + '*';
}

}  // namespace

Tone node_tone(const json::value& node) {
  if (!node.at("up").as_bool()) return Tone::alarm;
  return node.at("draining").as_bool() ? Tone::warning : Tone::plain;
}

std::string status_text(const json::value& status, const Style& style) {
  std::string text;
  for (const char* const key : {"cluster", "version", "workers", "generation", "recovering"}) {
    text += fmt::format("{:<12}{}\n", key, word(status.at(key)));
  }
  text += fmt::format("{:<12}{}\n", "uptime",
                      uptime_text(status.at("uptime_seconds").to_number<double>()));
  Table traffic({{"SIDE"},
                 {"PACKETS IN", Align::right},
                 {"BYTES IN", Align::right},
                 {"PACKETS OUT", Align::right},
                 {"BYTES OUT", Align::right}});
  for (const json::value& side : status.at("traffic").as_array()) {
    traffic.add({word(side.at("name")), word(side.at("packets_received")),
                 word(side.at("bytes_received")), word(side.at("packets_sent")),
                 word(side.at("bytes_sent"))});
  }
  text += part("traffic", traffic, style);
  text += counts_part("counters", status.at("counters").as_object(), true, style);
  text += counts_part("drops", status.at("drops").as_object(), false, style);
  if (status.at("agents").is_object()) {
    text += counts_part("agents", status.at("agents").get_object(), true, style);
  }
  return text;
}

std::string nodes_text(const json::array& nodes, const Style& style) {
  Table table({{"NODE"},
               {"ID", Align::right},
               {"ADDRESS"},
               {"UP"},
               {"DRAINING"},
               {"WEIGHT", Align::right},
               {"AGENT"},
               {"LOAD", Align::right},
               {"LEASES", Align::right}});
  bool any = false;
  for (const json::value& node : nodes) {
    const json::value& changed = node.at("changed");
    any = any || !changed.at("draining").is_null() || !changed.at("weight").is_null();
    table.add({word(node.at("name")), word(node.at("id")), word(node.at("address")),
               word(node.at("up")), marked(word(node.at("draining")), changed.at("draining")),
               marked(word(node.at("weight")), changed.at("weight")), word(node.at("agent")),
               word(node.at("load")), word(node.at("leases"))},
              node_tone(node));
  }
  return table.text(style) + (any ? "* changed at run time (enclusterctl reset NODE)\n" : "");
}

std::string exports_text(const json::value& answer, const Style& style) {
  Table table({{"PATH"}, {"NODE"}, {"KEYS"}, {"CLIENTS"}});
  for (const json::value& exported : answer.at("exports").as_array()) {
    const json::array& clients = exported.at("clients").as_array();
    table.add({word(exported.at("path")), word(exported.at("node")),
               joined(exported.at("keys").as_array(), " "),
               clients.empty() ? "all" : joined(clients, " ")});
  }
  const json::array& all_refused = answer.at("refused").as_array();
  if (all_refused.empty()) return table.text(style);
  Table refused({{"REFUSED"}, {"NODE"}, {"REASON"}, {"OWNER"}, {"ITS EXPORT"}});
  for (const json::value& one : all_refused) {
    refused.add({word(one.at("path")), word(one.at("node")), word(one.at("reason")),
                 word(one.at("owner")), word(one.at("other"))});
  }
  return table.text(style) + '\n' + refused.text(style);
}

std::string services_text(const json::value& answer, const Style& style) {
  Table table(
      {{"SERVICE"}, {"PORT", Align::right}, {"NETWORK"}, {"PLUGIN"}, {"OPTIONS"}, {"NODES"}});
  bool any = false;
  for (const json::value& service : answer.at("services").as_array()) {
    Words options;
    for (const auto& [key, value] : service.at("options").as_object()) {
      options.add(fmt::format("{}={}", printable(key), word(value)));
    }
    const json::array& open = service.at("nodes_for_sessions").as_array();
    Words nodes;
    for (const json::value& node : service.at("nodes").as_array()) {
      const bool closed = std::ranges::find(open, node) == open.end();
      any = any || closed;
      nodes.add(fmt::format("{}{}", word(node), closed ? "!" : ""));
    }
    table.add({word(service.at("name")), port_text(service),
               service.at("network").is_null() ? "all" : word(service.at("network")),
               word(service.at("plugin")), options.text(), nodes.text()},
              open.empty() ? Tone::alarm : Tone::plain);
  }
  return table.text(style) +
         (any ? "! gets no new sessions now: down, draining, or of weight 0\n" : "");
}

std::string switch_text(const json::value& answer, const Style& style) {
  Table table({{"PORT", Align::right}, {"NETWORK"}, {"SERVICE"}, {"DECIDES"}, {"NODES"}});
  for (const json::value& entry : answer.at("entries").as_array()) {
    const json::array& ports = entry.at("node_ports").as_array();
    Words nodes;
    for (const json::value& node : entry.at("nodes").as_array()) {
      const auto own = std::ranges::find_if(
          ports, [&](const json::value& port) { return port.at("node") == node; });
      nodes.add(own == ports.end() ? word(node)
                                   : fmt::format("{}:{}", word(node), word(own->at("port"))));
    }
    table.add({port_text(entry), word(entry.at("network")), word(entry.at("service")),
               word(entry.at("decides")), nodes.text()});
  }
  return table.text(style);
}

std::string drops_text(const json::value& answer, const Style& style) {
  json::array drops = answer.at("drops").as_array();
  const auto packets = [](const json::value& drop) {
    return drop.at("packets").to_number<std::uint64_t>();
  };
  std::ranges::stable_sort(drops, std::greater(), packets);
  Table table({{"PACKETS", Align::right}, {"REASON"}, {"MEANING"}});
  for (const json::value& drop : drops) {
    if (packets(drop) == 0) break;
    table.add({std::to_string(packets(drop)), word(drop.at("reason")), word(drop.at("meaning"))});
  }
  return table.empty() ? "nothing was dropped\n" : table.text(style);
}

std::string ports_text(const json::value& ports, const Style& style) {
  Table slices({{"NODE"}, {"FIRST", Align::right}, {"LAST", Align::right}});
  for (const json::value& slice : ports.at("slices").as_array()) {
    slices.add({word(slice.at("node")), word(slice.at("first")), word(slice.at("last"))});
  }
  Table services({{"SERVICE"}, {"PORT", Align::right}, {"PLUGIN"}, {"NODES"}});
  for (const json::value& service : ports.at("services").as_array()) {
    services.add({word(service.at("name")), port_text(service), word(service.at("plugin")),
                  joined(service.at("nodes").as_array(), " ")});
  }
  Table leases({{"PORT", Align::right}, {"NODE"}});
  for (const json::value& lease : ports.at("leases").as_array()) {
    leases.add({port_text(lease), word(lease.at("node"))});
  }
  const std::string text = part("slices", slices, style) + part("services", services, style) +
                           part("leases", leases, style);
  return text.empty() ? text : text.substr(1);
}

namespace {

constexpr const char* kConnection = "{:<5} {:<21} {:>6} {:<16} {:>6} {:<12} {:>6} {:>8} {}";

}  // namespace

std::string connections_heading(const Style& style) {
  const std::string heading = fmt::format(kConnection, "PROTO", "REMOTE", "PORT", "NODE", "NODE'S",
                                          "SERVICE", "IDLE", "SECONDS", "STATE");
  return text_of({{cut(heading, style.width), Tone::heading}}, style.colour);
}

std::string connections_text(const json::array& connections, const Style& style) {
  std::vector<Line> lines;
  for (const json::value& one : connections) {
    const std::string text =
        fmt::format(kConnection, word(one.at("protocol")),
                    word(one.at("remote")) + ':' + word(one.at("remote_port")),
                    word(one.at("cluster_port")), word(one.at("node")), word(one.at("node_port")),
                    word(one.at("service")), word(one.at("idle_seconds")),
                    word(one.at("seconds_left")), joined(one.at("state").as_array(), ","));
    lines.push_back({cut(text, style.width)});
  }
  return text_of(lines);
}

}  // namespace encluster::ctl
