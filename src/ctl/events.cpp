#include "ctl/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include "ctl/rest_answer.hpp"
#include "ctl/table.hpp"
#include "ctl/words.hpp"

namespace encluster::ctl {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;

constexpr std::chrono::seconds kConnectTimeout{5};
/// Three heartbeats of the gateway.
constexpr std::chrono::seconds kSilence{45};
constexpr std::chrono::seconds kPause{1};
constexpr unsigned kHttp11 = 11;

using Parser = http::response_parser<http::string_body>;

/// A problem's detail (RFC 9457), or the status.
std::string reason_of(const http::response<http::string_body>& answer) {
  boost::system::error_code error;
  const json::value problem = json::parse(answer.body(), error);
  const json::value* detail = nullptr;
  if (!error && problem.is_object()) detail = problem.get_object().if_contains("detail");
  if (detail == nullptr || !detail->is_string()) {
    return fmt::format("the gateway answers with status {}", answer.result_int());
  }
  return fmt::format("{} ({})", printable(detail->get_string()), answer.result_int());
}

/// A value of a field, as in the log: texts come escaped but for their quotes.
std::string value_text(const json::value& value) {
  if (!value.is_string()) return printable(json::serialize(value));
  const std::string_view text = value.get_string();
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
  if (plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return printable(quoted) + '"';
}

std::string line_of(const json::value& event) {
  std::string line = fmt::format("{} {} {}", word(event.at("time")), word(event.at("level")),
                                 word(event.at("event")));
  for (const auto& [key, value] : event.at("fields").as_object()) {
    line += fmt::format(" {}={}", printable(key), value_text(value));
  }
  return line;
}

/// What one connection knows.
struct Following {
  const RestUrl& url;
  const std::string& token;
  std::string& last_id;
  bool& answered;
  const std::function<void(const GatewayEvent&)>& tell;
  std::string refusal;  ///< of the gateway, for good

  void take(EventParser& parser, std::string_view bytes) {
    for (const GatewayEvent& event : parser.feed(bytes)) {
      tell(event);
    }
    if (!parser.last_id().empty()) last_id = parser.last_id();
  }
};

asio::awaitable<void> read_events(Following& following, beast::tcp_stream& stream,
                                  beast::flat_buffer& buffer) {
  EventParser parser;
  following.answered = true;
  following.take(parser, beast::buffers_to_string(buffer.data()));
  std::array<char, 4096> part{};
  for (;;) {
    stream.expires_after(kSilence);
    const std::size_t got =
        co_await stream.async_read_some(asio::buffer(part), asio::use_awaitable);
    following.take(parser, {part.data(), got});
  }
}

asio::awaitable<void> follow(Following& following) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  beast::tcp_stream stream(executor);
  const RestUrl& url = following.url;
  const auto found = co_await resolver.async_resolve(url.host, url.port, asio::use_awaitable);
  stream.expires_after(kConnectTimeout);
  co_await stream.async_connect(found, asio::use_awaitable);
  http::request<http::empty_body> request(http::verb::get, "/v1/events", kHttp11);
  request.set(http::field::host, url.host + ":" + url.port);
  request.set(http::field::authorization, "Bearer " + following.token);
  request.set(http::field::accept, "text/event-stream, application/problem+json");
  if (!following.last_id.empty()) request.set("Last-Event-ID", following.last_id);
  stream.expires_after(kSilence);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer(EventParser::kMostBytes);
  Parser parser;
  co_await http::async_read_header(stream, buffer, parser, asio::use_awaitable);
  if (parser.get().result() == http::status::ok && !parser.chunked()) {
    co_return co_await read_events(following, stream, buffer);
  }
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  const bool busy = parser.get().result() == http::status::service_unavailable;
  std::string reason = reason_of(parser.get());
  if (!busy) following.refusal = reason;
  throw std::runtime_error(reason);
}

}  // namespace

std::vector<GatewayEvent> EventParser::feed(std::string_view bytes) {
  std::vector<GatewayEvent> events;
  for (std::size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos;) {
    rest_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    const std::string line = std::exchange(rest_, {});
    take_line(line.ends_with('\r') ? std::string_view(line).substr(0, line.size() - 1)
                                   : std::string_view(line),
              events);
  }
  rest_ += bytes;
  if (rest_.size() + event_.data.size() > kMostBytes) {
    throw std::runtime_error("the gateway sends an event without an end");
  }
  return events;
}

void EventParser::take_line(std::string_view line, std::vector<GatewayEvent>& events) {
  if (line.empty()) {
    last_id_ = id_;
    GatewayEvent event = std::exchange(event_, {});
    if (!event.data.empty()) events.push_back(std::move(event));
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  // What cannot be sent back in a header is no identifier.
  if (name == "id" && printable(value) == value) id_ = value;
  if (name == "event") event_.event = value;
  if (name != "data") return;
  if (!event_.data.empty()) event_.data += '\n';
  event_.data += value;
}

std::string event_line(const GatewayEvent& event, bool as_json) {
  boost::system::error_code error;
  const json::value value = json::parse(event.data, error);
  if (!error && as_json) return printable(json::serialize(value)) + '\n';
  try {
    if (!error) return line_of(value) + '\n';
  } catch (const boost::system::system_error&) {
  } catch (const std::logic_error&) {
  }
  return fmt::format("{} {}\n", printable(event.event), printable(event.data));
}

std::string follow_events(const RestUrl& url, const std::string& token, std::string& last_id,
                          bool& answered, const std::function<void(const GatewayEvent&)>& tell) {
  Following following{url, token, last_id, answered, tell, {}};
  asio::io_context io{1};
  std::exception_ptr failure;
  asio::co_spawn(io, follow(following),
                 [&](std::exception_ptr problem) { failure = std::move(problem); });
  io.run();
  std::string reason = "the connection ended";
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const boost::system::system_error& problem) {
    reason = problem.code().message();
  } catch (const std::exception& problem) {
    reason = problem.what();
  }
  if (!following.refusal.empty()) throw std::runtime_error(following.refusal);
  return fmt::format("http://{}:{}: {}", url.host, url.port, reason);
}

void show_events(const RestOptions& options, std::ostream& output) {
  const RestUrl url = parse_rest_url(options.url);
  const auto tell = [&](const GatewayEvent& event) {
    output << event_line(event, options.json) << std::flush;
  };
  std::string last_id;
  std::string told;  // the same reason is told once
  for (bool reached = false;;) {
    bool answered = false;
    // The token is read again: a gateway that has another one has restarted.
    const std::string reason =
        follow_events(url, read_rest_token(options.token_file), last_id, answered, tell);
    reached = reached || answered;
    if (!reached) throw std::runtime_error(reason);
    if (answered || reason != told) fmt::print(stderr, "enclusterctl: {}; trying again\n", reason);
    told = reason;
    std::this_thread::sleep_for(kPause);
  }
}

void show_alarms(const RestOptions& options, std::ostream& output) {
  show(options, client_of(options).get("/v1/alarms"), output, alarms_text);
}

std::string alarms_text(const json::value& answer) {
  Table table({{"SINCE"}, {"SEVERITY"}, {"KIND"}, {"SUBJECT"}, {"TEXT"}});
  for (const json::value& alarm : answer.at("alarms").as_array()) {
    table.add({word(alarm.at("since")), word(alarm.at("severity")), word(alarm.at("kind")),
               word(alarm.at("subject")), word(alarm.at("text"))});
  }
  return table.empty() ? "no alarm stands\n" : table.text();
}

}  // namespace encluster::ctl
