// The connection to whichever gateway answers, made anew whenever it breaks.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "agent/gateway_session.hpp"
#include "agent/retry_plan.hpp"
#include "control/log.hpp"

namespace encluster::agent {

/// Logs `called` and `parted`, and why it cannot join: once, until the reason is another. One
/// thread, the executor's. Work that has begun refers to it until stop() has been called and the
/// executor has run dry, or is destroyed.
class GatewayLink {
 public:
  static constexpr std::chrono::milliseconds kCallInterval{100};

  /// @param parted called where `welcomed` was, when that connection is gone
  /// @param gateways at least one
  GatewayLink(const boost::asio::any_io_executor& executor, std::vector<control::Endpoint> gateways,
              const control::Bytes32& fingerprint, SessionHandlers handlers,
              std::function<void()> parted, control::Logger& log);

  /// Tries from then on, until stop(). Once.
  void start(std::chrono::milliseconds delay);
  void stop();

  /// A gateway says that it has started, as that instance: unless the connection is with that very
  /// one, it is made anew now, but not more often than kCallInterval.
  /// @param gateway position in `gateways`
  void come_back(std::size_t gateway, const agent_protocol::Instance& instance);

  /// Sent if there is a connection.
  void send(const agent_protocol::FromAgent& message);

 private:
  using Clock = RetryPlan::Clock;

  /// Who called last.
  struct Caller {
    std::size_t gateway = 0;
    agent_protocol::Instance instance{};

    friend bool operator==(const Caller&, const Caller&) = default;
  };

  [[nodiscard]] boost::asio::awaitable<void> pause(std::chrono::milliseconds delay);
  [[nodiscard]] boost::asio::awaitable<void> run(std::chrono::milliseconds delay);
  void finish(std::size_t gateway, const SessionEnd& end);
  void tell(const std::string& gateway, const SessionEnd& end);

  boost::asio::any_io_executor executor_;
  boost::asio::ssl::context context_;
  std::vector<control::Endpoint> gateways_;
  control::Bytes32 fingerprint_;
  SessionHandlers handlers_;
  std::function<void()> parted_;
  control::Logger& log_;
  boost::asio::steady_timer pause_;
  RetryPlan plan_;
  std::minstd_rand random_;
  std::shared_ptr<GatewaySession> session_;  ///< the current one, or nothing
  std::size_t with_ = 0;                     ///< whose session it is
  std::optional<Caller> caller_;
  Clock::time_point next_call_{};            ///< is heard from then on
  bool called_ = false;                      ///< the next attempt is due to the caller
  bool begun_ = false;                       ///< the delay of the start is over
  std::map<std::string, std::string> told_;  ///< by gateway: why it could not be joined
  bool stopped_ = false;
};

}  // namespace encluster::agent
