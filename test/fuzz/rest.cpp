// What callers of the REST interface ask: every request has one answer, JSON where it says so, and
// nothing is changed beyond what the configuration would allow.
#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <optional>
#include <string>

#include "control/configuration.hpp"
#include "fuzz/finding.hpp"
#include "rest/router.hpp"
#include "unit/rest/fake_gateway.hpp"

using namespace encluster;
using namespace encluster::fuzz;

namespace {

constexpr std::array kMethods{"GET", "HEAD", "PATCH", "DELETE"};
constexpr std::array kTypes{"application/json", "application/merge-patch+json", "text/plain", ""};

/// Method and type by the first byte, the target up to a line's end, then the body.
rest::Request request_of(const std::string& text) {
  rest::Request request;
  if (text.empty()) return request;
  const auto choice = static_cast<unsigned char>(text.front());
  request.method = kMethods[choice % kMethods.size()];
  request.content_type = kTypes[choice / kMethods.size() % kTypes.size()];
  const std::size_t end = std::clamp<std::size_t>(text.find('\n'), 1, text.size());
  request.target = text.substr(1, end - 1);
  if (end < text.size()) request.body = text.substr(end + 1);
  return request;
}

void check(const rest::Response& response) {
  require(response.status >= 200 && response.status < 600, "no status of HTTP");
  for (const auto& [name, value] : response.headers) {
    require((name + value).find_first_of("\r\n") == std::string::npos,
            "a header with another line");
  }
  if (!response.content_type.ends_with("json")) return;
  boost::system::error_code error;
  static_cast<void>(boost::json::parse(response.body, error));
  require(!error, "an answer that is no JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rest::FakeGateway gateway;
  rest::Router router(gateway);
  const std::string text(reinterpret_cast<const char*>(data), size);
  const rest::Request request = request_of(text);
  static_cast<void>(rest::Router::needs_token(request.target));
  int answers = 0;
  router.handle(request, [&](const rest::Response& response) {
    ++answers;
    check(response);
  });
  require(answers == 1, "not one answer");
  require(!gateway.wished || request.method == "PATCH", "a change by another method");
  for (const auto& node : gateway.present) {
    require(node.weight <= control::kMaxWeight, "a weight beyond what is allowed");
  }
  return 0;
}
