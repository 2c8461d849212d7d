#include "control/agent_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>
#include <variant>

#include "agent_protocol/codec.hpp"

namespace encluster::control {

namespace asio = boost::asio;
using agent_protocol::FromAgent;
using agent_protocol::FromGateway;
using agent_protocol::Join;
using agent_protocol::RefusalReason;
using agent_protocol::Refused;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kDiscarded = 4096;  ///< bytes at once

std::string reason_of(const error_code& error) {
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) return "closed";
  return error.message();
}

}  // namespace

AgentSession::AgentSession(asio::ip::tcp::socket socket, asio::ssl::context& tls, Ipv4Address from,
                           const AgentLimits& limits, AgentRegistry& registry, Ended ended)
    : stream_(std::move(socket), tls),
      deadline_(stream_.get_executor()),
      pause_(stream_.get_executor()),
      from_(from),
      limits_(limits),
      registry_(registry),
      ended_(std::move(ended)),
      budget_(limits.message_rate, limits.message_burst, steady_clock::now()) {}

void AgentSession::start() {
  set_deadline(limits_.join_timeout, "did not join in time");
  asio::co_spawn(
      stream_.get_executor(), [self = shared_from_this()] { return self->run(); }, asio::detached);
}

void AgentSession::stop() {
  finished_ = true;
  deadline_.cancel();
  pause_.cancel();
  error_code ignored;
  stream_.lowest_layer().close(ignored);
}

void AgentSession::finish(const std::string& reason) {
  if (finished_) return;
  stop();
  if (epoch_) {
    registry_.leave(node_, *epoch_, reason);
  } else if (!leaving_) {
    registry_.note_failure(from_, reason);
  }
  ended_(*this);
}

void AgentSession::set_deadline(std::chrono::milliseconds time, const char* reason) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this(), reason](const error_code& error) {
    if (!error) self->finish(reason);
  });
}

asio::awaitable<void> AgentSession::run() {
  const std::string reason = co_await converse();
  if (leaving_ && !finished_) co_await discard();
  finish(reason);
}

asio::awaitable<std::string> AgentSession::converse() {
  const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kResult);
  if (error) co_return reason_of(error);
  while (!leaving_ && !finished_) {
    const std::optional<Bytes> frame = co_await read_frame();
    if (!frame) break;
    co_await handle(*frame);
  }
  co_return broken_;
}

asio::awaitable<std::optional<AgentSession::Bytes>> AgentSession::read_frame() {
  const auto [error, ignored] = co_await asio::async_read(stream_, asio::buffer(header_), kResult);
  if (error) broken_ = reason_of(error);
  if (error || leaving_ || finished_) co_return std::nullopt;
  const auto length = agent_protocol::frame_length(header_);
  if (!length) {
    note_refusal_and_refuse(RefusalReason::protocol, "a frame of a wrong length");
    co_return std::nullopt;
  }
  frame_.resize(*length);
  const auto [later, got] = co_await asio::async_read(stream_, asio::buffer(frame_), kResult);
  if (later) broken_ = reason_of(later);
  if (later || leaving_ || finished_) co_return std::nullopt;
  const auto units = static_cast<double>(1 + *length / kMessageUnit);
  if (!budget_.take(units, steady_clock::now())) {
    note_refusal_and_refuse(RefusalReason::busy, "too many messages");
    co_return std::nullopt;
  }
  co_return Bytes(frame_);
}

asio::awaitable<void> AgentSession::handle(Bytes frame) {
  std::optional<FromAgent> message;
  std::string problem;
  try {
    message = agent_protocol::decode_from_agent(frame);
  } catch (const agent_protocol::MalformedMessage& malformed) {
    problem = malformed.what();
  }
  if (!message) {
    note_refusal_and_refuse(RefusalReason::protocol, problem);
    co_return;
  }
  auto* const first = std::get_if<Join>(&*message);
  if ((first != nullptr) == epoch_.has_value()) {
    note_refusal_and_refuse(RefusalReason::protocol,
                            epoch_ ? "a second Join" : "the first message is no Join");
    co_return;
  }
  if (first != nullptr) {
    co_await join(std::move(*first));
    co_return;
  }
  set_deadline(limits_.silence, "was silent for too long");
  registry_.receive(node_, *epoch_, *message);
}

asio::awaitable<void> AgentSession::join(Join join) {
  claimed_ = join.node;
  if (const auto refused = registry_.refusal_of(from_, join)) {
    if (refused->reason == RefusalReason::credentials) {
      pause_.expires_after(limits_.refusal_delay);
      co_await pause_.async_wait(kResult);
      if (finished_) co_return;
    }
    note_refusal_and_refuse(refused->reason, refused->text);
    co_return;
  }
  node_ = *registry_.node_at(from_);
  epoch_ = registry_.join(node_, shared_from_this(), std::move(join));
  set_deadline(limits_.silence, "was silent for too long");
}

asio::awaitable<void> AgentSession::discard() {
  frame_.resize(kDiscarded);
  for (;;) {
    const auto [error, got] =
        co_await stream_.next_layer().async_read_some(asio::buffer(frame_), kResult);
    if (error || finished_) co_return;
  }
}

void AgentSession::note_refusal_and_refuse(RefusalReason reason, const std::string& text) {
  registry_.note_refusal(from_, claimed_, {reason, text});
  if (epoch_) registry_.leave(node_, *epoch_, text);
  refuse({reason, text});
}

void AgentSession::refuse(const Refused& refused) {
  if (leaving_ || finished_) return;
  send(refused);
  if (finished_) return;
  leaving_ = true;
  set_deadline(limits_.farewell, "refused");
}

void AgentSession::send(const FromGateway& message) {
  if (leaving_ || finished_) return;
  outgoing_ += agent_protocol::encode(message);
  if (outgoing_.size() + writing_.size() > limits_.outgoing) {
    return finish("does not read what it is sent");
  }
  if (writing_.empty()) write();
}

void AgentSession::write() {
  writing_.swap(outgoing_);
  asio::async_write(stream_, asio::buffer(writing_),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      self->writing_.clear();
                      if (self->finished_) return;
                      if (error) return self->finish(reason_of(error));
                      if (!self->outgoing_.empty()) return self->write();
                      if (!self->leaving_) return;
                      error_code ignored;
                      self->stream_.next_layer().shutdown(asio::socket_base::shutdown_send,
                                                          ignored);
                    });
}

}  // namespace encluster::control
