// enclusterctl events and alarms: what happens in the gateway, and what stands.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/rest_client.hpp"
#include "ctl/rest_options.hpp"

namespace encluster::ctl {

struct GatewayEvent {
  std::string event;
  std::string data;  ///< JSON of docs/rest-api.yaml

  friend bool operator==(const GatewayEvent&, const GatewayEvent&) = default;
};

/// Takes server-sent events apart (WHATWG HTML, section 9.2.6), however they are cut.
class EventParser {
 public:
  /// More than the gateway ever sends.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 20;

  /// @return the events that end here. @throws std::runtime_error if one is longer than kMostBytes
  [[nodiscard]] std::vector<GatewayEvent> feed(std::string_view bytes);
  /// Where to go on after all that was fed; empty: not said.
  [[nodiscard]] const std::string& last_id() const noexcept { return last_id_; }

 private:
  void take_line(std::string_view line, std::vector<GatewayEvent>& events);

  std::string rest_;  ///< of a line that has not ended
  GatewayEvent event_;
  std::string id_;  ///< counts when the event ends
  std::string last_id_;
};

/// `TIME LEVEL EVENT key=value...`, or its JSON, and the line's end. Nothing in it is a command to
/// a terminal. What is no JSON of docs/rest-api.yaml is shown as it came.
[[nodiscard]] std::string event_line(const GatewayEvent& event, bool json);

/// One connection: tells of events until it ends.
/// @param last_id the last that was seen, empty: none; goes on with what comes
/// @param answered set when the gateway answers with events
/// @return why it ended. @throws std::runtime_error with the gateway's reason if it refuses
[[nodiscard]] std::string follow_events(const RestUrl& url, const std::string& token,
                                        std::string& last_id, bool& answered,
                                        const std::function<void(const GatewayEvent&)>& tell);

/// Prints events as they come, and connects again when the connection ends. Does not return.
/// @throws std::runtime_error if the gateway cannot be reached at first, or refuses
void show_events(const RestOptions& options, std::ostream& output);

/// A table. @throws std::runtime_error with the gateway's reason
void show_alarms(const RestOptions& options, std::ostream& output);
/// Throws as the functions of rest_tables.hpp.
[[nodiscard]] std::string alarms_text(const boost::json::value& answer);

}  // namespace encluster::ctl
