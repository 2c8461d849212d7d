// Hears gateways that call their nodes after a start (docs/agent-protocol.md).
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agent_protocol/come_back.hpp"
#include "control/configuration_format.hpp"
#include "control/log.hpp"
#include "control/secret_text.hpp"

namespace encluster::agent {

/// Which datagrams are a gateway's, and not heard before. Without sockets; one thread.
class ComeBackCheck {
 public:
  struct Verdict {
    std::optional<std::size_t> gateway{};  ///< whose it is: position in `gateways`
    agent_protocol::Instance instance{};
    std::string_view reason{};  ///< why it is nobody's
  };

  ComeBackCheck(std::vector<control::Endpoint> gateways, const control::Bytes32& token)
      : gateways_(std::move(gateways)), token_(token), latest_(gateways_.size()) {}

  /// @param from address of the sender, and the port at which the datagram came
  [[nodiscard]] Verdict check(const control::Endpoint& from,
                              std::span<const std::uint8_t> datagram);

 private:
  std::vector<control::Endpoint> gateways_;
  control::Bytes32 token_;
  std::vector<std::uint64_t> latest_;  ///< by gateway: the time of the last datagram
};

/// Listens at each port of the gateways. Logs `come_back_unheard` if it cannot, and
/// `come_back_refused` with how many there were, once a minute. One thread, the executor's.
class ComeBackListener {
 public:
  static constexpr std::chrono::minutes kTellInterval{1};

  using Handler = std::function<void(std::size_t gateway, const agent_protocol::Instance&)>;

  /// The executor must not run any more when it is gone. @param gateways differ
  ComeBackListener(const boost::asio::any_io_executor& executor,
                   const std::vector<control::Endpoint>& gateways, const control::Bytes32& token,
                   Handler handler, control::Logger& log);

 private:
  struct Port {
    boost::asio::ip::udp::socket socket;
    PortNumber number;
    boost::asio::ip::udp::endpoint sender{};
    /// A datagram that is too long must not look as if it were not.
    std::array<std::uint8_t, agent_protocol::kComeBackSize + 1> datagram{};
  };
  using Clock = std::chrono::steady_clock;

  void open(const boost::asio::any_io_executor& executor, PortNumber number);
  void receive(Port& port);
  void take(const Port& port, std::size_t size);
  void refuse(Ipv4Address sender, std::string_view reason);

  ComeBackCheck check_;
  Handler handler_;
  control::Logger& log_;
  std::deque<Port> ports_;
  std::size_t refused_ = 0;  ///< since it was told
  std::optional<Clock::time_point> told_;
};

}  // namespace encluster::agent
