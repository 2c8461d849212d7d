#include "rest/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <optional>
#include <stdexcept>
#include <utility>

#include "rest/event_streams.hpp"
#include "rest/router.hpp"
#include "rest/session.hpp"

namespace encluster::rest {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 64;

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const asio::any_io_executor& executor, Gateway& gateway, BearerToken token,
       control::Logger& log, const Limits& limits)
      : acceptor_(executor),
        pause_(executor),
        router_(gateway),
        token_(std::move(token)),
        log_(log),
        limits_(limits),
        streams_(std::in_place, executor, gateway.events(), limits) {}

  void listen(const tcp::endpoint& endpoint) {
    try {
      acceptor_.open(endpoint.protocol());
      acceptor_.set_option(tcp::acceptor::reuse_address(true));
      acceptor_.bind(endpoint);
      acceptor_.listen(kBacklog);
    } catch (const boost::system::system_error& problem) {
      throw std::runtime_error(fmt::format("the REST interface cannot listen at {}:{}: {}",
                                           endpoint.address().to_string(), endpoint.port(),
                                           problem.code().message()));
    }
    asio::co_spawn(
        acceptor_.get_executor(), [self = shared_from_this()] { return self->accept(); },
        asio::detached);
  }

  void stop() {
    stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    streams_.reset();
    for (const auto& session : sessions_) session->stop();
    sessions_.clear();
  }

  [[nodiscard]] PortNumber port() const { return PortNumber(acceptor_.local_endpoint().port()); }
  /// Who goes on being told of events has to show the new one first.
  void set_token(BearerToken token) {
    if (token.equals(token_)) return;
    token_ = std::move(token);
    streams_->close();
  }

 private:
  asio::awaitable<void> accept() {
    while (!stopped_) {
      auto [error, socket] = co_await acceptor_.async_accept(kResult);
      if (stopped_) co_return;
      if (!error) {
        welcome(std::move(socket));
        continue;
      }
      // Such as too many open files: a moment later there may be fewer.
      log_.error("rest_accept", {{"problem", error.message()}});
      pause_.expires_after(limits_.accept_pause);
      co_await pause_.async_wait(kResult);
    }
  }

  void welcome(tcp::socket socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;
    if (sessions_.size() >= limits_.connections && !make_room()) {
      return log_.warning("rest_busy", {{"from", peer.address().to_string()}});
    }
    socket.set_option(tcp::no_delay(true), error);
    const auto session = std::make_shared<Session>(
        std::move(socket), limits_,
        Session::Hooks{
            .knows = [this](auto authorization) { return token_.is_presented_by(authorization); },
            .is_open = [](auto target) { return !Router::needs_token(target); },
            .handle =
                [this](const Request& request, std::function<void(Response)> respond) {
                  router_.handle(request, respond);
                },
            .open_stream = [this](auto id) { return streams_->open(id); },
            .refused =
                [this, peer] {
                  log_.warning("rest_refused", {{"from", peer.address().to_string()}});
                },
            .ended = [this](Session& ended) { forget(ended); }});
    sessions_.push_back(session);
    session->start();
  }

  /// The longest-lived connection of a caller that has not shown the token gives way.
  [[nodiscard]] bool make_room() {
    const auto oldest = std::ranges::find_if_not(
        sessions_, [](const auto& session) { return session->is_trusted(); });
    if (oldest == sessions_.end()) return false;
    (*oldest)->stop();
    sessions_.erase(oldest);
    return true;
  }

  void forget(Session& ended) {
    std::erase_if(sessions_, [&](const auto& session) { return session.get() == &ended; });
  }

  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Router router_;
  BearerToken token_;
  control::Logger& log_;
  const Limits limits_;
  std::optional<EventStreams> streams_;           ///< nothing: stopped
  std::list<std::shared_ptr<Session>> sessions_;  ///< oldest first
  bool stopped_ = false;
};

Server::Server(asio::any_io_executor executor, Gateway& gateway, BearerToken token,
               control::Logger& log, const Limits& limits)
    : impl_(std::make_shared<Impl>(executor, gateway, std::move(token), log, limits)) {}

Server::~Server() { impl_->stop(); }

void Server::listen(Ipv4Address address, PortNumber port) {
  impl_->listen({asio::ip::address_v4(address.value()), port.value()});
}

PortNumber Server::port() const { return impl_->port(); }

void Server::set_token(BearerToken token) { impl_->set_token(std::move(token)); }

}  // namespace encluster::rest
