// One caller's connection: requests, one after the other, and their responses (HTTP/1.1, RFC 9112).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <string>

#include "rest/event_streams.hpp"
#include "rest/limits.hpp"
#include "rest/message.hpp"

namespace encluster::rest {

/// Control thread only. Shared with its operations; stop() or the caller ends it.
class Session : public std::enable_shared_from_this<Session> {
 public:
  struct Hooks {
    /// Whether the value of `Authorization` presents the token.
    std::function<bool(std::string_view authorization)> knows;
    /// Whether the target is for everybody.
    std::function<bool(std::string_view target)> is_open;
    /// As Router::handle().
    std::function<void(const Request&, std::function<void(Response)>)> handle;
    /// As EventStreams::open().
    std::function<std::shared_ptr<EventStream>(std::string_view last_event_id)> open_stream;
    /// A caller without the token was refused.
    std::function<void()> refused;
    /// Called once, last, unless stop() was called.
    std::function<void(Session&)> ended;
  };

  Session(boost::asio::ip::tcp::socket socket, const Limits& limits, Hooks hooks);

  void start();
  /// Closes the connection; calls nobody any more.
  void stop();
  /// Its last request had the token.
  [[nodiscard]] bool is_trusted() const noexcept { return trusted_; }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  Awaitable<void> run();
  /// @return whether another request may follow
  Awaitable<bool> serve_one();
  Awaitable<bool> await_request();
  /// The header is there: why the request is refused before its body is read; status 0: it is not.
  [[nodiscard]] Response refusal_of(const Parser& parser);
  /// @return whether the whole body is there
  Awaitable<bool> read_body(Parser& parser);
  Awaitable<Response> answer(Request request);
  /// @return whether another request may follow
  Awaitable<bool> respond(Response response, const Parser& parser, bool keep_alive);
  Awaitable<bool> refuse(const boost::system::error_code& error, const Parser& parser);
  Awaitable<void> farewell();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  const Limits limits_;
  const Hooks hooks_;
  bool trusted_ = false;
  bool finished_ = false;
  bool streamed_ = false;  ///< it was the last response, and the connection is closed
};

}  // namespace encluster::rest
