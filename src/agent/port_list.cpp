#include "agent/port_list.hpp"

#include <fmt/format.h>

#include "control/configuration_format.hpp"

namespace encluster::agent {

namespace {

constexpr std::string_view kBlanks = " \t\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = control::parse_number(text);
  if (!number || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

/// Sets the ports of `5` or `1-3`; false if it is neither.
bool add_item(PortSet& ports, std::string_view item) {
  const std::size_t dash = item.find('-');
  const auto first = parse_port(item.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(item.substr(dash + 1));
  if (!first || !last || *first > *last) return false;
  for (std::size_t port = *first; port <= *last; ++port) ports.set(port);
  return true;
}

}  // namespace

std::optional<PortSet> parse_port_list(std::string_view text) {
  PortSet ports;
  text = trimmed(text);
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (!add_item(ports, text.substr(0, comma))) return std::nullopt;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return std::nullopt;
  }
  return ports;
}

std::string to_text(const PortSet& ports) {
  std::string text;
  for (std::size_t first = 0; first < ports.size(); ++first) {
    if (!ports.test(first)) continue;
    std::size_t last = first;
    while (last + 1 < ports.size() && ports.test(last + 1)) ++last;
    if (!text.empty()) text += ',';
    text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
    first = last;
  }
  return text;
}

std::optional<agent_protocol::PortRange> parse_port_range(std::string_view text) {
  text = trimmed(text);
  const std::size_t end = text.find_first_of(kBlanks);
  if (end == std::string_view::npos) return std::nullopt;
  const auto first = parse_port(text.substr(0, end));
  const auto last = parse_port(trimmed(text.substr(end)));
  if (!first || !last) return std::nullopt;
  return agent_protocol::PortRange{PortNumber(*first), PortNumber(*last)};
}

}  // namespace encluster::agent
