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
};

struct Response {
  unsigned status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< more of them
};

inline constexpr const char* kJson = "application/json";

/// An error as RFC 9457 has it. @param detail UTF-8; what others wrote is escaped by
/// control::shown()
[[nodiscard]] Response problem(unsigned status, const std::string& detail);

/// The words of a status code (RFC 9110, section 15) that the gateway may answer.
[[nodiscard]] const char* title_of(unsigned status) noexcept;

}  // namespace encluster::rest
