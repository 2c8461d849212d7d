#include "control/agent_service.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "control/agent_calls.hpp"
#include "control/agent_session.hpp"
#include "control/agent_tls.hpp"

namespace encluster::control {

namespace asio = boost::asio;
using agent_protocol::RefusalReason;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto kResult = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 64;
/// The control thread has more to do than leases: at most a part in kShare of its time is theirs.
constexpr int kShare = 10;
/// Heartbeats wait as well: far less than the fence.
constexpr std::chrono::seconds kMostPace{1};

agent_protocol::Instance random_instance() {
  agent_protocol::Instance instance;
  if (RAND_bytes(instance.data(), static_cast<int>(instance.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers");
  }
  return instance;
}

AgentRegistry::Settings with_instance(AgentRegistry::Settings settings,
                                      const agent_protocol::Instance& instance) {
  settings.instance = instance;
  return settings;
}

Ipv4Address address_of(const tcp::endpoint& peer) {
  return Ipv4Address(peer.address().to_v4().to_uint());
}

}  // namespace

class AgentService::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const asio::any_io_executor& executor, const Configuration& configuration, Hooks hooks,
       Logger& log, AgentServiceSettings settings)
      : log_(log),
        limits_(settings.limits),
        endpoint_(asio::ip::address_v4(configuration.agents->address.value()),
                  configuration.agents->port.value()),
        tls_(
            make_agent_tls(configuration.agents->certificate_file, configuration.agents->key_file)),
        instance_(random_instance()),
        registry_(with_instance(settings.registry, instance_), agent_view(configuration),
                  AgentTokens::read(configuration.agents->token_file),
                  {.publish = std::move(hooks.publish),
                   .wake = [this] { wake(); },
                   .now = [] { return std::chrono::steady_clock::now(); },
                   .welcomed = std::move(hooks.welcomed),
                   .reported = std::move(hooks.reported),
                   .exported = std::move(hooks.exported),
                   .programs = std::move(hooks.programs),
                   .heard = std::move(hooks.heard),
                   .left = std::move(hooks.left)},
                  log),
        calls_(executor, instance_, configuration.agents->port),
        acceptor_(executor),
        pause_(executor),
        flush_(executor),
        tick_(executor),
        call_(executor) {}

  void start() {
    listen();
    asio::co_spawn(
        acceptor_.get_executor(), [self = shared_from_this()] { return self->accept(); },
        asio::detached);
    await_tick();
    calling_until_ = std::chrono::steady_clock::now() + limits_.calling;
    call();
  }

  void stop() {
    stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    flush_.cancel();
    tick_.cancel();
    call_.cancel();
    for (const auto& session : sessions_) session->stop();
    sessions_.clear();
  }

  [[nodiscard]] PortNumber port() const { return PortNumber(acceptor_.local_endpoint().port()); }
  [[nodiscard]] AgentRegistry& registry() noexcept { return registry_; }

 private:
  void listen() {
    try {
      acceptor_.open(endpoint_.protocol());
      acceptor_.set_option(tcp::acceptor::reuse_address(true));
      acceptor_.bind(endpoint_);
      acceptor_.listen(kBacklog);
      calls_.open(Ipv4Address(endpoint_.address().to_v4().to_uint()));
    } catch (const boost::system::system_error& problem) {
      throw std::runtime_error(fmt::format("agents cannot be served at {}:{}: {}",
                                           endpoint_.address().to_string(), endpoint_.port(),
                                           problem.code().message()));
    }
  }

  asio::awaitable<void> accept() {
    while (!stopped_) {
      auto [error, socket] = co_await acceptor_.async_accept(kResult);
      if (stopped_) co_return;
      if (!error) {
        welcome(std::move(socket));
        continue;
      }
      // Such as too many open files: a moment later there may be fewer.
      log_.error("agent_accept", {{"problem", error.message()}});
      pause_.expires_after(limits_.accept_pause);
      co_await pause_.async_wait(kResult);
    }
  }

  void welcome(tcp::socket socket) {
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;
    const Ipv4Address from = address_of(peer);
    if (!registry_.node_at(from)) return registry_.note_stranger(from);
    if (!may_connect(from) || !has_room(from)) {
      return registry_.note_refusal(from, "", {RefusalReason::busy, "too many connections"});
    }
    socket.set_option(tcp::no_delay(true), error);
    const auto session = std::make_shared<AgentSession>(
        std::move(socket), tls_, from, limits_, registry_,
        [this](AgentSession& ended) { sessions_.erase(ended.shared_from_this()); });
    sessions_.insert(session);
    session->start();
  }

  /// Whether the address has not connected too often. @pre it is a node's: so many buckets there
  /// are
  [[nodiscard]] bool may_connect(Ipv4Address from) {
    const auto now = std::chrono::steady_clock::now();
    const TokenBucket full(limits_.connection_rate, limits_.connection_burst, now);
    return connections_.try_emplace(from, full).first->second.take(1, now);
  }

  /// Whether one more connection from this address may be served that has not joined.
  [[nodiscard]] bool has_room(Ipv4Address from) const {
    std::size_t all = 0;
    std::size_t of_address = 0;
    for (const auto& session : sessions_) {
      if (session->joined()) continue;
      ++all;
      if (session->from() == from) ++of_address;
    }
    return all < limits_.unjoined && of_address < limits_.unjoined_of_address;
  }

  /// At once, which is after the handlers that are ready by now, or when it is time again: what is
  /// asked for until then is one change of the cluster.
  void wake() {
    flush_.expires_at(next_flush_);
    flush_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && !self->stopped_) self->flush();
    });
  }

  void flush() {
    const auto begin = std::chrono::steady_clock::now();
    registry_.flush();
    const auto end = std::chrono::steady_clock::now();
    next_flush_ = end + std::clamp<std::chrono::steady_clock::duration>(kShare * (end - begin),
                                                                        limits_.pace, kMostPace);
  }

  void await_tick() {
    tick_.expires_after(limits_.tick);
    tick_.async_wait([self = shared_from_this()](const error_code& error) {
      if (error || self->stopped_) return;
      self->flush();
      self->await_tick();
    });
  }

  void call() {
    calls_.call(registry_.absent());
    const bool soon = std::chrono::steady_clock::now() < calling_until_;
    call_.expires_after(soon ? limits_.call : limits_.later_call);
    call_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && !self->stopped_) self->call();
    });
  }

  Logger& log_;
  const AgentLimits limits_;
  const tcp::endpoint endpoint_;
  asio::ssl::context tls_;
  const agent_protocol::Instance instance_;
  AgentRegistry registry_;
  AgentCalls calls_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer flush_;
  std::chrono::steady_clock::time_point next_flush_{};
  asio::steady_timer tick_;
  asio::steady_timer call_;
  std::chrono::steady_clock::time_point calling_until_{};
  std::map<Ipv4Address, TokenBucket> connections_;
  std::set<std::shared_ptr<AgentSession>> sessions_;
  bool stopped_ = false;
};

AgentService::AgentService(asio::any_io_executor executor, const Configuration& configuration,
                           Hooks hooks, Logger& log, AgentServiceSettings settings)
    : impl_(std::make_shared<Impl>(executor, configuration, std::move(hooks), log, settings)) {}

AgentService::~AgentService() { impl_->stop(); }

void AgentService::start() { impl_->start(); }

PortNumber AgentService::port() const { return impl_->port(); }

void AgentService::node_changed(NodeId node, bool up) {
  if (up) {
    impl_->registry().node_found(node);
  } else {
    impl_->registry().node_lost(node);
  }
}

void AgentService::node_died(NodeId node) { impl_->registry().node_died(node); }

void AgentService::tell(NodeId node, const agent_protocol::FromGateway& message) {
  impl_->registry().tell(node, message);
}

void AgentService::tell_tree(NodeId node, const std::vector<agent_protocol::Tree>& tree) {
  impl_->registry().tell_tree(node, tree);
}

std::vector<switching::LeaseState> AgentService::leases_under(const Configuration& next) const {
  return impl_->registry().leases_under(agent_view(next));
}

void AgentService::reconfigure(const Configuration& next, AgentTokens tokens) {
  impl_->registry().reconfigure(agent_view(next), std::move(tokens));
}

AgentCounts AgentService::counts() const { return impl_->registry().counts(); }

std::vector<switching::NodeLoad> AgentService::loads() const { return impl_->registry().loads(); }

std::optional<AgentPresence> AgentService::agent_of(NodeId node) const {
  return impl_->registry().agent_of(node);
}

bool AgentService::awaits(NodeId node) const { return impl_->registry().awaits(node); }

std::vector<PortConflict> AgentService::conflicts(std::size_t most) const {
  return impl_->registry().conflicts(most);
}

}  // namespace encluster::control
