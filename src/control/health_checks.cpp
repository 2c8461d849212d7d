#include "control/health_checks.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

namespace encluster::control {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Checks one target again and again. Handlers share it, so that it outlives them.
class HealthChecks::Probe : public std::enable_shared_from_this<Probe> {
 public:
  Probe(const asio::any_io_executor& executor, CheckTarget target, Result result)
      : target_(std::move(target)),
        result_(std::move(result)),
        socket_(executor),
        timer_(executor) {}

  [[nodiscard]] const CheckTarget& target() const noexcept { return target_; }

  void attempt() {
    began_ = asio::steady_timer::clock_type::now();
    timer_.expires_at(began_ + target_.check.timeout);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->close();
    });
    socket_.async_connect(
        {asio::ip::address_v4(target_.address.value()), target_.port.value()},
        [self = shared_from_this()](const error_code& error) { self->finish(!error); });
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    close();
  }

 private:
  void finish(bool connected) {
    if (stopped_) return;
    error_code ignored;
    if (connected) socket_.set_option(tcp::socket::linger(true, 0), ignored);
    close();
    timer_.expires_at(began_ + target_.check.interval);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && !self->stopped_) self->attempt();
    });
    result_(target_, connected);
  }

  /// Ends an attempt under way, which then finishes as failed.
  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

  const CheckTarget target_;
  const Result result_;
  tcp::socket socket_;
  asio::steady_timer timer_;  ///< of the attempt; between two, of the interval
  asio::steady_timer::time_point began_;
  bool stopped_ = false;
};

HealthChecks::HealthChecks(asio::any_io_executor executor, Result result)
    : executor_(std::move(executor)), result_(std::move(result)) {}

HealthChecks::~HealthChecks() { watch({}); }

void HealthChecks::watch(const std::vector<CheckTarget>& targets) {
  std::erase_if(probes_, [&](const auto& probe) {
    if (std::ranges::find(targets, probe->target()) != targets.end()) return false;
    probe->stop();
    return true;
  });
  for (const CheckTarget& target : targets) {
    const auto running = [&](const auto& probe) { return probe->target() == target; };
    if (std::ranges::any_of(probes_, running)) continue;
    probes_.push_back(std::make_shared<Probe>(executor_, target, result_));
    probes_.back()->attempt();
  }
}

}  // namespace encluster::control
