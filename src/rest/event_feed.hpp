// Every line of the log is an event, too.
#pragma once

#include <chrono>
#include <string>

#include "control/log.hpp"
#include "rest/event_ring.hpp"

namespace encluster::rest {

/// The JSON of docs/rest-api.yaml: {time, level, event, fields}.
[[nodiscard]] std::string to_json(const control::LogLine& line,
                                  std::chrono::system_clock::time_point time);

/// Fills a ring as long as it lives. Made and ended by the control thread.
class EventFeed {
 public:
  /// @param log outlives this
  explicit EventFeed(control::Logger& log);
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;
  ~EventFeed();

  [[nodiscard]] EventRing& ring() noexcept { return ring_; }

 private:
  control::Logger& log_;
  EventRing ring_;
};

}  // namespace encluster::rest
