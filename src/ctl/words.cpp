#include "ctl/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace encluster::ctl {

namespace json = boost::json;

/// Nothing that a terminal could take for a command.
std::string printable(std::string_view text) {
  std::string safe(text);
  std::ranges::replace_if(
      safe, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return safe;
}

std::string word(const json::value& value) {
  if (value.is_null()) return kNothing;
  if (value.is_string()) return printable(value.get_string());
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_double()) return fmt::format("{:.2f}", value.get_double());
  return fmt::format("{}", value.to_number<std::int64_t>());
}

std::string joined(const json::array& words, std::string_view separator) {
  Words text(separator);
  for (const json::value& item : words) text.add(word(item));
  return text.text();
}

std::string port_text(const json::value& what) {
  return fmt::format("{}/{}", word(what.at("port")), word(what.at("protocol")));
}

std::string uptime_text(double seconds) {
  constexpr std::uint64_t kMinute = 60;
  constexpr std::uint64_t kHour = 60 * kMinute;
  constexpr std::uint64_t kDay = 24 * kHour;
  const auto whole = static_cast<std::uint64_t>(seconds);
  return fmt::format("{} d {:02}:{:02}:{:02}", whole / kDay, whole % kDay / kHour,
                     whole % kHour / kMinute, whole % kMinute);
}

}  // namespace encluster::ctl
