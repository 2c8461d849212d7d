// Asks a gateway's REST interface.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace encluster::ctl {

/// Where a gateway is asked.
struct RestUrl {
  std::string host;
  std::string port;
};

/// Of `http://HOST:PORT`; a slash may follow. @throws std::runtime_error saying what is allowed
[[nodiscard]] RestUrl parse_rest_url(std::string_view text);

/// The callers' secret. @throws std::runtime_error naming the file
[[nodiscard]] std::string read_rest_token(const std::filesystem::path& file);

/// The gateway is too busy: a second later it may not be.
class BusyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The gateway refuses the question as it is.
class RefusedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One connection for each question. Waits for the answer.
class RestClient {
 public:
  RestClient(RestUrl url, std::string token) : url_(std::move(url)), token_(std::move(token)) {}

  /// @return the answer's JSON, as it came. @throws std::runtime_error with the gateway's reason;
  /// BusyError; RefusedError
  [[nodiscard]] std::string get(const std::string& target) const;
  [[nodiscard]] std::string patch(const std::string& target, const std::string& body) const;
  [[nodiscard]] std::string post(const std::string& target, const std::string& body = {}) const;

 private:
  [[nodiscard]] std::string ask(std::string_view method, const std::string& target,
                                const std::string& body) const;

  RestUrl url_;
  std::string token_;
};

}  // namespace encluster::ctl
