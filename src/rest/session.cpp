#include "rest/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace encluster::rest {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
/// What is read at once of a body, beside a header.
constexpr std::size_t kReadAhead = 16 * 1024;
constexpr std::size_t kDiscarded = 4096;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr unsigned kHttp10 = 10;
constexpr unsigned kHttp11 = 11;

/// An answer that may come later than whoever waits for it cares.
struct Pending {
  explicit Pending(const asio::any_io_executor& executor) : arrival(executor) {}

  asio::steady_timer arrival;
  std::optional<Response> response;
};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// Whether the caller waits for leave to send its body.
template <typename Message>
bool expects_continue(const Message& message) {
  return message.version() >= kHttp11 &&
         beast::iequals(message[http::field::expect], "100-continue");
}

Response problem_of(const error_code& error, const Limits& limits) {
  if (error == http::error::body_limit) {
    return problem(413, fmt::format("the body is larger than {} bytes", limits.body));
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return problem(431, fmt::format("the header is larger than {} bytes", limits.header));
  }
  if (error == http::error::bad_version) return problem(505, "allowed: HTTP/1.1, HTTP/1.0");
  return problem(400, fmt::format("the request is no HTTP: {}", error.message()));
}

/// The other side closed, the connection is broken, or closed after a time-out: there is nobody to
/// answer.
bool is_gone(const error_code& error) {
  return error == beast::error::timeout || error == http::error::end_of_stream ||
         error == asio::error::eof || error == asio::error::connection_reset ||
         error == asio::error::operation_aborted || error == asio::error::broken_pipe;
}

template <typename Message>
void set_fields(Message& message, const Response& response) {
  message.set(http::field::date, http_date());
  message.set(http::field::cache_control, "no-store");
  message.set(http::field::content_type, response.content_type);
  if (response.content_type != kEventStream) {
    message.set(http::field::content_length, std::to_string(response.body.size()));
  }
  for (const auto& [name, value] : response.headers) message.set(name, value);
}

}  // namespace

Session::Session(asio::ip::tcp::socket socket, const Limits& limits, Hooks hooks)
    : stream_(std::move(socket)),
      buffer_(limits.header + kReadAhead),
      limits_(limits),
      hooks_(std::move(hooks)) {}

void Session::start() {
  asio::co_spawn(
      stream_.get_executor(), [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void Session::stop() {
  finished_ = true;
  stream_.close();
}

asio::awaitable<void> Session::run() {
  bool more = true;
  while (more && !finished_) more = co_await serve_one();
  if (!finished_ && !streamed_) co_await farewell();
  if (finished_) co_return;
  stop();
  hooks_.ended(*this);
}

asio::awaitable<bool> Session::serve_one() {
  if (!co_await await_request()) co_return false;
  Parser parser;
  parser.header_limit(limits_.header);
  parser.body_limit(limits_.body);
  stream_.expires_after(limits_.request);
  const auto [error, read] = co_await http::async_read_header(stream_, buffer_, parser, kResult);
  if (finished_) co_return false;
  if (error) co_return co_await refuse(error, parser);
  Response refusal = refusal_of(parser);
  if (refusal.status != 0) {
    const bool whole = parser.is_done();
    co_return co_await respond(std::move(refusal), parser, whole && parser.keep_alive());
  }
  if (!co_await read_body(parser)) co_return false;
  const auto& message = parser.get();
  Request request{.method = std::string(view(message.method_string())),
                  .target = std::string(view(message.target())),
                  .content_type = std::string(view(message[http::field::content_type])),
                  .body = message.body(),
                  .accept = std::string(view(message[http::field::accept])),
                  .last_event_id = std::string(view(message["Last-Event-ID"]))};
  const bool reads = message.method() == http::verb::get;
  const std::string last_event_id = request.last_event_id;
  Response response = co_await answer(std::move(request));
  if (finished_) co_return false;
  if (reads && response.content_type == kEventStream) {
    const auto events = hooks_.open_stream(last_event_id);
    if (events) {
      streamed_ = true;
      co_await events->serve(shared_from_this(), stream_, buffer_);
      co_return false;
    }
    response = unavailable(fmt::format("there are {} streams already", limits_.streams));
  }
  co_return co_await respond(std::move(response), parser, parser.keep_alive());
}

asio::awaitable<bool> Session::await_request() {
  if (buffer_.size() != 0) co_return true;  // it was sent with the one before
  stream_.expires_after(limits_.idle);
  const auto [error, got] = co_await stream_.async_read_some(buffer_.prepare(kDiscarded), kResult);
  buffer_.commit(got);
  co_return !error && !finished_;
}

Response Session::refusal_of(const Parser& parser) {
  const auto& message = parser.get();
  if (message.version() != kHttp10 && message.version() != kHttp11) {
    return problem(505, "allowed: HTTP/1.1, HTTP/1.0");
  }
  if (message.version() == kHttp11 && message.count(http::field::host) != 1) {
    return problem(400, "Host: HTTP/1.1 requires it once");
  }
  const bool known = message.count(http::field::authorization) == 1;
  const auto authorization = known ? message[http::field::authorization] : beast::string_view();
  trusted_ = hooks_.knows(view(authorization));
  if (!trusted_ && !hooks_.is_open(view(message.target()))) {
    hooks_.refused();
    Response response = problem(401, "the token is missing or wrong");
    response.headers.emplace_back("WWW-Authenticate",
                                  known ? "Bearer realm=\"encluster\", error=\"invalid_token\""
                                        : "Bearer realm=\"encluster\"");
    return response;
  }
  if (message.count(http::field::expect) != 0 && !expects_continue(message)) {
    return problem(417, "Expect: allowed: 100-continue");
  }
  return {.status = 0, .content_type = {}, .body = {}, .headers = {}};
}

asio::awaitable<bool> Session::read_body(Parser& parser) {
  if (parser.is_done()) co_return true;
  if (expects_continue(parser.get())) {
    const auto [unsent, put] =
        co_await asio::async_write(stream_, asio::buffer(kContinue), kResult);
    if (unsent || finished_) co_return false;
  }
  const auto [error, read] = co_await http::async_read(stream_, buffer_, parser, kResult);
  if (finished_) co_return false;
  if (error) co_return co_await refuse(error, parser);
  co_return true;
}

asio::awaitable<Response> Session::answer(Request request) {
  const auto pending = std::make_shared<Pending>(stream_.get_executor());
  hooks_.handle(request, [pending](Response response) {
    pending->response = std::move(response);
    pending->arrival.cancel();
  });
  if (!pending->response) {
    pending->arrival.expires_after(limits_.answer);
    co_await pending->arrival.async_wait(kResult);
  }
  if (pending->response) co_return std::move(*pending->response);
  co_return problem(503, "the workers did not answer in time");
}

asio::awaitable<bool> Session::respond(Response response, const Parser& parser, bool keep_alive) {
  const auto prepare = [&](auto& message) {
    message.result(response.status);
    message.reason(title_of(response.status));
    message.version(parser.get().version() == kHttp10 ? kHttp10 : kHttp11);
    message.keep_alive(keep_alive);
    set_fields(message, response);
  };
  stream_.expires_after(limits_.response);
  error_code error;
  if (parser.get().method() == http::verb::head) {
    http::response<http::empty_body> message;
    prepare(message);
    std::tie(error, std::ignore) = co_await http::async_write(stream_, message, kResult);
  } else {
    http::response<http::string_body> message;
    prepare(message);
    message.body() = std::move(response.body);
    std::tie(error, std::ignore) = co_await http::async_write(stream_, message, kResult);
  }
  co_return keep_alive && !error && !finished_;
}

asio::awaitable<bool> Session::refuse(const error_code& error, const Parser& parser) {
  if (is_gone(error)) co_return false;
  Response response = problem_of(error, limits_);
  co_return co_await respond(std::move(response), parser, false);
}

/// To close at once would be a reset, by which the caller may lose the response.
asio::awaitable<void> Session::farewell() {
  error_code error;
  stream_.socket().shutdown(asio::socket_base::shutdown_send, error);
  stream_.expires_after(limits_.farewell);
  buffer_.clear();
  for (std::size_t left = limits_.farewell_bytes; !error && !finished_ && left != 0;) {
    const auto [failed, got] =
        co_await stream_.async_read_some(buffer_.prepare(kDiscarded), kResult);
    error = failed;
    left -= std::min(left, got);
  }
}

}  // namespace encluster::rest
