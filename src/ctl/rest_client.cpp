#include "ctl/rest_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <exception>
#include <optional>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "control/rest_token.hpp"
#include "ctl/files.hpp"

namespace encluster::ctl {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;

constexpr std::string_view kScheme = "http://";
constexpr std::chrono::seconds kConnectTimeout{5};
constexpr std::chrono::seconds kAnswerTimeout{30};
constexpr std::uint64_t kMostAnswer = std::uint64_t{64} << 20;
constexpr unsigned kHttp11 = 11;
constexpr unsigned kBusy = 503;

using Request = http::request<http::string_body>;
using Answer = http::response<http::string_body>;

asio::awaitable<Answer> exchange(RestUrl url, Request request) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  beast::tcp_stream stream(executor);
  const auto found = co_await resolver.async_resolve(url.host, url.port, asio::use_awaitable);
  stream.expires_after(kConnectTimeout);
  co_await stream.async_connect(found, asio::use_awaitable);
  stream.expires_after(kAnswerTimeout);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMostAnswer);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  co_return parser.release();
}

/// What the gateway says is wrong (RFC 9457); otherwise the status alone.
std::string reason_of(const Answer& answer) {
  boost::system::error_code error;
  const json::value problem = json::parse(answer.body(), error);
  if (!error && problem.is_object()) {
    const json::value* const detail = problem.get_object().if_contains("detail");
    if (detail != nullptr && detail->is_string()) {
      return fmt::format("{} ({})", std::string_view(detail->get_string()), answer.result_int());
    }
  }
  return fmt::format("the gateway answers with status {}", answer.result_int());
}

}  // namespace

RestUrl parse_rest_url(std::string_view text) {
  const auto refuse = [text] {
    return std::runtime_error(
        fmt::format("--url: found {}; allowed: http://HOST:PORT", control::shown(text)));
  };
  std::string_view rest = text;
  if (!rest.starts_with(kScheme)) throw refuse();
  rest.remove_prefix(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || colon == 0) throw refuse();
  const std::string_view host = rest.substr(0, colon);
  const auto port = control::parse_number(rest.substr(colon + 1));
  const auto in_name = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  };
  constexpr std::uint64_t kMostPort = 65535;
  if (!port || *port == 0 || *port > kMostPort || !std::ranges::all_of(host, in_name)) {
    throw refuse();
  }
  return {std::string(host), std::to_string(*port)};
}

std::string read_rest_token(const std::filesystem::path& file) {
  const auto text = read_file(file, Readable::by_owner);
  if (!text) {
    throw std::runtime_error(
        fmt::format("{}: there is no such file; see --token-file and "
                    "enclusterctl keys",
                    file.string()));
  }
  return control::parse_rest_token(*text, file);
}

std::string RestClient::get(const std::string& target) const { return ask("GET", target, ""); }

std::string RestClient::patch(const std::string& target, const std::string& body) const {
  return ask("PATCH", target, body);
}

std::string RestClient::post(const std::string& target, const std::string& body) const {
  return ask("POST", target, body);
}

std::string RestClient::ask(std::string_view method, const std::string& target,
                            const std::string& body) const {
  Request request(http::string_to_verb({method.data(), method.size()}), target, kHttp11, body);
  request.set(http::field::host, url_.host + ":" + url_.port);
  request.set(http::field::authorization, "Bearer " + token_);
  request.set(http::field::accept, "application/json, application/problem+json");
  if (!body.empty()) {
    request.set(http::field::content_type,
                method == "PATCH" ? "application/merge-patch+json" : "application/json");
  }
  request.keep_alive(false);
  request.prepare_payload();
  asio::io_context io{1};
  std::optional<Answer> answer;
  std::exception_ptr failure;
  asio::co_spawn(io, exchange(url_, std::move(request)),
                 [&](std::exception_ptr problem, Answer got) {
                   failure = std::move(problem);
                   answer = std::move(got);
                 });
  io.run();
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const boost::system::system_error& problem) {
    throw std::runtime_error(
        fmt::format("http://{}:{}: {}", url_.host, url_.port, problem.code().message()));
  }
  if (answer->result_int() == kBusy) throw BusyError(reason_of(*answer));
  if (answer->result() == http::status::bad_request) throw RefusedError(reason_of(*answer));
  if (answer->result() != http::status::ok) throw std::runtime_error(reason_of(*answer));
  return std::move(answer->body());
}

}  // namespace encluster::ctl
