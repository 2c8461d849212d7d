#include "agent/gateway_link.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "agent_protocol/names.hpp"

namespace encluster::agent {

namespace asio = boost::asio;
using agent_protocol::RefusalReason;

namespace {

std::string text_of(const control::Endpoint& endpoint) {
  return fmt::format("{}:{}", control::to_text(endpoint.address), endpoint.port.value());
}

/// Nothing that trying at once would change.
bool needs_operator(const SessionEnd& end) {
  if (end.cause == SessionEnd::Cause::foreign) return true;
  return end.cause == SessionEnd::Cause::refused && end.reason != RefusalReason::busy &&
         end.reason != RefusalReason::protocol;
}

std::string text_of(const SessionEnd& end) {
  if (end.cause != SessionEnd::Cause::refused) return end.text;
  return fmt::format("refused ({}): {}", name_of(end.reason), end.text);
}

}  // namespace

GatewayLink::GatewayLink(const asio::any_io_executor& executor,
                         std::vector<control::Endpoint> gateways,
                         const control::Bytes32& fingerprint, SessionHandlers handlers,
                         std::function<void()> parted, control::Logger& log)
    : executor_(executor),
      context_(client_context()),
      gateways_(std::move(gateways)),
      fingerprint_(fingerprint),
      handlers_(std::move(handlers)),
      parted_(std::move(parted)),
      log_(log),
      pause_(executor),
      plan_(gateways_.size()),
      random_(std::random_device{}()) {}

void GatewayLink::start(std::chrono::milliseconds delay) {
  asio::co_spawn(executor_, run(delay), [](const std::exception_ptr& problem) {
    if (problem) std::rethrow_exception(problem);
  });
}

void GatewayLink::stop() {
  stopped_ = true;
  pause_.cancel();
  if (session_) session_->close();
}

void GatewayLink::send(const agent_protocol::FromAgent& message) {
  if (session_) session_->send(message);
}

void GatewayLink::come_back(std::size_t gateway, const agent_protocol::Instance& instance) {
  const Clock::time_point now = Clock::now();
  const Caller caller{gateway, instance};
  const bool again = caller_ == caller;
  if (!begun_ || stopped_ || called_ || now < next_call_) return;
  if (session_) {
    if (session_->instance() == instance) return;
    // What was begun since its first call is with this instance. A join may take longer than until
    // its next call; only a connection that does not come to be is given up for another.
    const bool joining = !session_->connecting() && !session_->instance();
    if (again && with_ == gateway && joining) return;
  }
  if (plan_.left_alone(gateway, now)) return;
  if (!again) log_.info("called", {{"gateway", text_of(gateways_[gateway])}});
  caller_ = caller;
  next_call_ = now + kCallInterval;
  called_ = true;
  pause_.cancel();
  if (session_) session_->close();
}

asio::awaitable<void> GatewayLink::pause(std::chrono::milliseconds delay) {
  pause_.expires_after(delay);
  boost::system::error_code ignored;
  co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> GatewayLink::run(std::chrono::milliseconds delay) {
  std::uniform_real_distribution<double> jitter(0, 1);
  co_await pause(delay);
  begun_ = true;
  while (!stopped_) {
    if (std::exchange(called_, false)) plan_.called(caller_->gateway);
    const RetryPlan::Attempt attempt = plan_.next(Clock::now(), jitter(random_));
    co_await pause(attempt.delay);
    if (stopped_) break;
    if (called_) continue;
    with_ = attempt.gateway;
    session_ = std::make_shared<GatewaySession>(executor_, context_, fingerprint_, handlers_);
    const SessionEnd end = co_await session_->run(gateways_[attempt.gateway]);
    session_.reset();
    finish(attempt.gateway, end);
  }
}

void GatewayLink::finish(std::size_t gateway, const SessionEnd& end) {
  if (end.joined) parted_();
  if (stopped_) return;
  if (end.renewed) {
    plan_.worked();
  } else {
    plan_.failed();
  }
  if (needs_operator(end)) plan_.refused(gateway, Clock::now());
  tell(text_of(gateways_[gateway]), end);
}

void GatewayLink::tell(const std::string& gateway, const SessionEnd& end) {
  const std::string reason = text_of(end);
  if (end.joined) told_.erase(gateway);
  if (called_) return;
  if (end.joined) {
    log_.warning("parted", {{"gateway", gateway}, {"reason", reason}});
  } else if (told_[gateway] != reason) {
    log_.warning("not_joined", {{"gateway", gateway}, {"reason", reason}});
    told_[gateway] = reason;
  }
}

}  // namespace encluster::agent
