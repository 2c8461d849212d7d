// Callers that are told events as they come: responses that do not end.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rest/event_ring.hpp"
#include "rest/limits.hpp"

namespace encluster::rest {

/// One of them. Nothing is kept for it but the part that is being written: the ring has the rest.
/// Control thread only. Shared with its operations.
class EventStream : public std::enable_shared_from_this<EventStream> {
 public:
  /// @param ring outlives serve()
  EventStream(const EventRing& ring, EventRing::Position from, const Limits& limits)
      : ring_(ring), position_(from), limits_(limits) {}

  /// Writes the whole response, until the caller is gone or is cut off, or the connection is
  /// closed. It is closed when this returns; a read of it may be on its way still.
  /// @param owner keeps connection and buffer alive
  boost::asio::awaitable<void> serve(std::shared_ptr<void> owner,
                                     boost::beast::tcp_stream& connection,
                                     boost::beast::flat_buffer& buffer);
  /// The ring has something new.
  void wake();
  /// Ends it.
  void close();

 private:
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  Awaitable<void> listen(std::shared_ptr<void> owner, boost::beast::flat_buffer& buffer);
  /// @return whether it may go on
  Awaitable<bool> write(const std::string& text);
  /// Events, or a heartbeat when there have been none for long.
  Awaitable<std::string> next();
  [[nodiscard]] std::string take();

  const EventRing& ring_;
  EventRing::Position position_;
  const Limits limits_;
  boost::beast::tcp_stream* connection_ = nullptr;      ///< while it is served
  std::unique_ptr<boost::asio::steady_timer> silence_;  ///< until the next heartbeat
  bool closed_ = false;
  bool writing_ = false;
  std::uint64_t bytes_before_ = 0;  ///< of the ring, when the write began
};

/// All streams of a server. Control thread only: the executor's.
class EventStreams {
 public:
  /// @param ring outlives this, and everything that its streams have on their way
  EventStreams(boost::asio::any_io_executor executor, EventRing& ring, const Limits& limits);
  EventStreams(const EventStreams&) = delete;
  EventStreams& operator=(const EventStreams&) = delete;
  ~EventStreams();

  /// @param last_event_id where the caller goes on; empty: with what comes from now on
  /// @return null if there are as many as there may be
  [[nodiscard]] std::shared_ptr<EventStream> open(std::string_view last_event_id);
  /// Ends them all.
  void close();

 private:
  class Wakeups;

  EventRing& ring_;
  const Limits limits_;
  std::vector<std::weak_ptr<EventStream>> streams_;
  std::shared_ptr<Wakeups> wakeups_;
};

}  // namespace encluster::rest
