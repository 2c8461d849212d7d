#include "rest/event_feed.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <variant>

#include "rest/plain_text.hpp"
#include "rest/time_text.hpp"

namespace encluster::rest {

namespace json = boost::json;

namespace {

json::value json_of(const control::LogField& field) {
  return std::visit(
      [](const auto& value) -> json::value {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>) {
          return json::value(plain(value));
        } else {
          return json::value(value);
        }
      },
      field.value());
}

/// When this gateway began: two that run at one address never begin in the same millisecond.
std::string run_name() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("{:x}", std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

std::string to_json(const control::LogLine& line, std::chrono::system_clock::time_point time) {
  json::object fields;
  for (const control::LogField& field : line.fields) fields[field.key()] = json_of(field);
  if (line.suppressed != 0) fields["suppressed"] = line.suppressed;
  const json::object object{{"time", to_text(time)},
                            {"level", control::name_of(line.level)},
                            {"event", line.event},
                            {"fields", std::move(fields)}};
  return json::serialize(object);
}

EventFeed::EventFeed(control::Logger& log) : log_(log), ring_(run_name()) {
  log_.observe([this](const control::LogLine& line) {
    ring_.push(line.event, to_json(line, std::chrono::system_clock::now()));
  });
}

EventFeed::~EventFeed() { log_.observe(nullptr); }

}  // namespace encluster::rest
