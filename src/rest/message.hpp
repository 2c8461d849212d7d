// A request and its response, without the connection that carries them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace encluster::rest {

struct Request {
  std::string method;        ///< as it came: `GET`
  std::string target;        ///< path and query, or a whole URL
  std::string content_type;  ///< empty: not said
  std::string body;
  std::string accept{};  ///< types that the caller takes; empty: not said
  std::string last_event_id{};  ///< what the caller of a stream has seen last; empty: not said
};

struct Response {
  unsigned status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< more of them
};

/// Such a response does not end: its body is of EventStreams.
inline constexpr const char* kEventStream = "text/event-stream";
inline constexpr const char* kJson = "application/json";

/// An error as RFC 9457 has it. @param detail UTF-8; what others wrote is escaped by
/// control::shown()
[[nodiscard]] Response problem(unsigned status, const std::string& detail);

/// The same, of what is not possible now, but may be a second later (503).
[[nodiscard]] Response unavailable(const std::string& detail);

/// Now, as a field `Date` has it (RFC 9110, section 5.6.7).
[[nodiscard]] std::string http_date();

/// The words of a status code (RFC 9110, section 15) that the gateway may answer.
[[nodiscard]] const char* title_of(unsigned status) noexcept;

}  // namespace encluster::rest
