#include "rest/event_streams.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "rest/message.hpp"

namespace encluster::rest {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kDiscarded = 4096;
/// What is written at once.
constexpr std::size_t kChunk = 16 * 1024;
/// What the kernel takes for a caller that does not read: otherwise it would be megabytes.
constexpr int kSendBuffer = 64 * 1024;
/// A comment: callers ignore it.
constexpr const char* kHeartbeat = ":\n\n";

/// The body ends with the connection (RFC 9112, section 6.3).
std::string head() {
  std::string text = "HTTP/1.1 200 OK\r\nDate: ";
  text += http_date();
  text += "\r\nCache-Control: no-store\r\nContent-Type: ";
  text += kEventStream;
  text += "\r\nConnection: close\r\n\r\n";
  return text + kHeartbeat;
}

}  // namespace

asio::awaitable<void> EventStream::serve(std::shared_ptr<void> owner,
                                         boost::beast::tcp_stream& connection,
                                         boost::beast::flat_buffer& buffer) {
  if (closed_) co_return;
  connection_ = &connection;
  silence_ = std::make_unique<asio::steady_timer>(connection.get_executor());
  error_code ignored;
  connection.socket().set_option(asio::socket_base::send_buffer_size(kSendBuffer), ignored);
  connection.expires_never();
  asio::co_spawn(
      connection.get_executor(),
      [self = shared_from_this(), owner, &buffer] { return self->listen(owner, buffer); },
      asio::detached);
  std::string text = head() + ring_.mark(position_);
  bool more = co_await write(text);
  while (more && !closed_) {
    text = co_await next();
    if (!closed_) more = co_await write(text);
  }
  close();
  connection_ = nullptr;
}

/// What the caller says after its request is of no interest, but that it is gone is. The owner
/// lives as long as the coroutine has its parameters.
asio::awaitable<void> EventStream::listen(std::shared_ptr<void> /*owner*/,
                                          boost::beast::flat_buffer& buffer) {
  boost::beast::tcp_stream& connection = *connection_;
  buffer.clear();
  for (std::uint64_t left = limits_.body; left != 0 && !closed_;) {
    const auto [error, got] =
        co_await connection.async_read_some(buffer.prepare(kDiscarded), kResult);
    if (error) break;
    left -= std::min<std::uint64_t>(left, got);
  }
  close();
}

asio::awaitable<bool> EventStream::write(const std::string& text) {
  writing_ = true;
  bytes_before_ = ring_.bytes();
  connection_->expires_after(limits_.response);
  const auto [error, put] = co_await asio::async_write(*connection_, asio::buffer(text), kResult);
  writing_ = false;
  co_return !error && !closed_;
}

asio::awaitable<std::string> EventStream::next() {
  while (!closed_) {
    std::string text = take();
    if (!text.empty()) co_return text;
    silence_->expires_after(limits_.heartbeat);
    const auto [woken] = co_await silence_->async_wait(kResult);
    if (!woken) co_return kHeartbeat;
  }
  co_return std::string();
}

std::string EventStream::take() {
  EventRing::Batch batch = ring_.read(position_, kChunk);
  position_ = batch.next;
  return std::move(batch.text);
}

void EventStream::wake() {
  if (writing_ && ring_.bytes() - bytes_before_ > limits_.stream_backlog) return close();
  if (silence_) silence_->cancel();
}

void EventStream::close() {
  closed_ = true;
  if (silence_) silence_->cancel();
  if (connection_ != nullptr) connection_->close();
}

/// Whoever pushes may be another thread: it only leaves word, and once however much it pushes.
class EventStreams::Wakeups : public std::enable_shared_from_this<Wakeups> {
 public:
  Wakeups(asio::any_io_executor executor, std::function<void()> wake)
      : executor_(std::move(executor)), wake_(std::move(wake)) {}

  void leave_word() {
    if (waiting_.exchange(true)) return;
    asio::post(executor_, [self = shared_from_this()] {
      self->waiting_ = false;
      if (self->wake_) self->wake_();
    });
  }
  void stop() { wake_ = nullptr; }

 private:
  asio::any_io_executor executor_;
  std::atomic<bool> waiting_{false};
  std::function<void()> wake_;  ///< control thread only
};

EventStreams::EventStreams(asio::any_io_executor executor, EventRing& ring, const Limits& limits)
    : ring_(ring), limits_(limits), wakeups_(std::make_shared<Wakeups>(std::move(executor), [this] {
        for (const auto& stream : streams_) {
          if (const auto alive = stream.lock()) alive->wake();
        }
      })) {
  ring_.on_push([wakeups = wakeups_] { wakeups->leave_word(); });
}

EventStreams::~EventStreams() {
  ring_.on_push(nullptr);
  wakeups_->stop();
  close();
}

std::shared_ptr<EventStream> EventStreams::open(std::string_view last_event_id) {
  std::erase_if(streams_, [](const auto& stream) { return stream.expired(); });
  if (streams_.size() >= limits_.streams) return nullptr;
  const auto from = last_event_id.empty() ? ring_.end() : ring_.after(last_event_id);
  auto stream = std::make_shared<EventStream>(ring_, from, limits_);
  streams_.emplace_back(stream);
  return stream;
}

void EventStreams::close() {
  for (const auto& stream : streams_) {
    if (const auto alive = stream.lock()) alive->close();
  }
  streams_.clear();
}

}  // namespace encluster::rest
