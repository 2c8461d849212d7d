#include "agent/gateway_session.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <memory>
#include <stdexcept>
#include <variant>

#include "agent/fingerprint.hpp"
#include "agent_protocol/codec.hpp"

namespace encluster::agent {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using agent_protocol::FromGateway;
using agent_protocol::MalformedMessage;
using asio::use_awaitable;
using boost::system::error_code;

namespace {

/// "1 s", "300 ms"
std::string text_of(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? fmt::format("{} s", time.count() / 1000)
                                  : fmt::format("{} ms", time.count());
}

}  // namespace

ssl::context client_context() {
  ssl::context context(ssl::context::tlsv13_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_3_VERSION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  // A resumed session would show no certificate.
  SSL_CTX_set_session_cache_mode(context.native_handle(), SSL_SESS_CACHE_OFF);
  context.set_verify_mode(ssl::verify_none);
  return context;
}

GatewaySession::GatewaySession(const asio::any_io_executor& executor, ssl::context& context,
                               const control::Bytes32& fingerprint, const SessionHandlers& handlers)
    : stream_(executor, context),
      deadline_(executor),
      heartbeat_(executor),
      fingerprint_(fingerprint),
      handlers_(handlers) {}

asio::awaitable<SessionEnd> GatewaySession::run(control::Endpoint gateway) {
  const auto self = shared_from_this();
  try {
    co_await connect(gateway);
    if (co_await join(gateway)) co_await converse();
  } catch (const boost::system::system_error& problem) {
    note(problem.code());
  } catch (const std::runtime_error& problem) {
    end_.text = problem.what();
  }
  close();
  co_return end_;
}

void GatewaySession::close() {
  if (closed_) return;
  closed_ = true;
  deadline_.cancel();
  heartbeat_.cancel();
  error_code ignored;
  stream_.next_layer().close(ignored);
}

void GatewaySession::note(const error_code& error) {
  // Where close() has cut the connection, its caller has said why.
  if (!end_.text.empty()) return;
  const bool closed = error == asio::error::eof || error == ssl::error::stream_truncated;
  end_.text = closed ? "the gateway closed the connection" : error.message();
}

void GatewaySession::limit(std::chrono::milliseconds time, std::string text) {
  deadline_text_ = std::move(text);
  deadline_.expires_after(time);
  deadline_.async_wait([self = shared_from_this()](const error_code& error) {
    // A wait that was over when the time was set anew still comes here.
    const bool early = asio::steady_timer::clock_type::now() < self->deadline_.expiry();
    if (error || early || self->closed_) return;
    self->end_.text = self->deadline_text_;
    self->close();
  });
}

asio::awaitable<void> GatewaySession::connect(const control::Endpoint& gateway) {
  limit(kConnectLimit, "no connection within " + text_of(kConnectLimit));
  co_await stream_.next_layer().async_connect(
      {asio::ip::address_v4(gateway.address.value()), gateway.port.value()}, use_awaitable);
  connecting_ = false;
  stream_.next_layer().set_option(asio::ip::tcp::no_delay(true));
}

bool GatewaySession::is_gateways_certificate() {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(stream_.native_handle()), &X509_free);
  return certificate != nullptr && same(fingerprint_of(*certificate), fingerprint_);
}

asio::awaitable<bool> GatewaySession::join(const control::Endpoint& gateway) {
  limit(kJoinLimit, "no answer within " + text_of(kJoinLimit));
  co_await stream_.async_handshake(ssl::stream_base::client, use_awaitable);
  if (!is_gateways_certificate()) {
    end_.cause = SessionEnd::Cause::foreign;
    end_.text = "another certificate than that of the configured fingerprint";
    co_return false;
  }
  const BootTime sent = BootClock::now();
  send(handlers_.join());
  const FromGateway answer = co_await receive();
  if (const auto* const refused = std::get_if<agent_protocol::Refused>(&answer)) {
    end_refused(*refused);
    co_return false;
  }
  const auto* const welcome = std::get_if<agent_protocol::Welcome>(&answer);
  if (welcome == nullptr) throw MalformedMessage("the gateway answers Join with something else");
  end_.joined = true;
  instance_ = welcome->instance;
  interval_ = welcome->heartbeat;
  handlers_.welcomed(*welcome, sent, gateway.address);
  co_return true;
}

asio::awaitable<void> GatewaySession::converse() {
  const std::chrono::milliseconds longest = kUnanswered * interval_;
  limit(longest, "no heartbeat was answered for " + text_of(longest));
  send_heartbeat();
  while (!closed_) take(co_await receive());
}

asio::awaitable<FromGateway> GatewaySession::receive() {
  co_await asio::async_read(stream_, asio::buffer(header_), use_awaitable);
  const auto length = agent_protocol::frame_length(header_);
  if (!length) throw MalformedMessage("a frame of a length that no message has");
  frame_.resize(*length);
  co_await asio::async_read(stream_, asio::buffer(frame_), use_awaitable);
  co_return agent_protocol::decode_from_gateway(frame_);
}

void GatewaySession::take(const FromGateway& message) {
  if (closed_) return;
  if (const auto* const answer = std::get_if<agent_protocol::HeartbeatAnswer>(&message)) {
    take_answer(*answer);
  } else if (const auto* const lease = std::get_if<agent_protocol::LeaseAnswer>(&message)) {
    handlers_.answered(*lease);
  } else if (const auto* const service = std::get_if<agent_protocol::ServiceAnswer>(&message)) {
    handlers_.served(*service);
  } else if (const auto* const exports = std::get_if<agent_protocol::ExportsAnswer>(&message)) {
    handlers_.exported(*exports);
  } else if (const auto* const tree = std::get_if<agent_protocol::Tree>(&message)) {
    handlers_.tree(*tree);
  } else if (const auto* const settings = std::get_if<agent_protocol::Settings>(&message)) {
    handlers_.settings(*settings);
  } else if (const auto* const renumberings = std::get_if<agent_protocol::Renumberings>(&message)) {
    handlers_.renumbered(*renumberings);
  } else if (const auto* const refused = std::get_if<agent_protocol::Refused>(&message)) {
    end_refused(*refused);
    close();
  } else {
    throw MalformedMessage("a second Welcome");
  }
}

void GatewaySession::take_answer(const agent_protocol::HeartbeatAnswer& answer) {
  while (!unanswered_.empty() && unanswered_.front().first < answer.sequence) {
    unanswered_.pop_front();
  }
  if (unanswered_.empty() || unanswered_.front().first != answer.sequence) {
    throw MalformedMessage("an answer to a heartbeat that was not sent");
  }
  const BootTime sent = unanswered_.front().second;
  unanswered_.pop_front();
  end_.renewed = true;
  limit(kUnanswered * interval_, deadline_text_);
  handlers_.renewed(sent);
}

void GatewaySession::end_refused(const agent_protocol::Refused& refused) {
  end_.cause = SessionEnd::Cause::refused;
  end_.reason = refused.reason;
  end_.text = refused.text.empty() ? "no reason given" : refused.text;
}

void GatewaySession::send_heartbeat() {
  unanswered_.emplace_back(++sequence_, BootClock::now());
  send(agent_protocol::Heartbeat{sequence_, handlers_.load()});
  heartbeat_.expires_after(interval_);
  heartbeat_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error && !self->closed_) self->send_heartbeat();
  });
}

void GatewaySession::send(const agent_protocol::FromAgent& message) {
  if (closed_) return;
  if (outbox_.size() >= kMaxOutbox) {
    end_.text = "the gateway takes no messages";
    close();
    return;
  }
  outbox_.push_back(agent_protocol::encode(message));
  if (outbox_.size() == 1) write_next();
}

void GatewaySession::write_next() {
  asio::async_write(stream_, asio::buffer(outbox_.front()),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      if (error) {
                        self->note(error);
                        self->close();
                      }
                      if (self->closed_) return;
                      self->outbox_.pop_front();
                      if (!self->outbox_.empty()) {
                        self->write_next();
                      } else if (self->end_.joined) {
                        self->handlers_.drained();
                      }
                    });
}

}  // namespace encluster::agent
