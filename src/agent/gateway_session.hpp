// One connection to a gateway, from connect() to its end.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/boot_clock.hpp"
#include "agent_protocol/frame.hpp"
#include "agent_protocol/messages.hpp"
#include "control/configuration_format.hpp"
#include "control/secret_text.hpp"

namespace encluster::agent {

/// Called on the executor's thread; none may throw.
struct SessionHandlers {
  std::function<agent_protocol::Join()> join;  ///< what to say, when it is to be sent
  std::function<void(const agent_protocol::Welcome&, BootTime sent, Ipv4Address gateway)> welcomed;
  std::function<void(const agent_protocol::Settings&)> settings;
  std::function<void(const agent_protocol::LeaseAnswer&)> answered;
  std::function<void(const agent_protocol::ServiceAnswer&)> served =
      [](const agent_protocol::ServiceAnswer&) {};
  std::function<void(const agent_protocol::ExportsAnswer&)> exported =
      [](const agent_protocol::ExportsAnswer&) {};
  std::function<void(const agent_protocol::Tree&)> tree = [](const agent_protocol::Tree&) {};
  std::function<void(const agent_protocol::Renumberings&)> renumbered;
  std::function<void(BootTime sent)> renewed;  ///< a heartbeat that was sent then is answered
  std::function<void()> drained;               ///< all that was to be sent is
  std::function<std::uint32_t()> load;         ///< hundredths of runnable tasks a CPU
};

/// How a connection ended.
struct SessionEnd {
  enum class Cause : std::uint8_t {
    broken,   ///< or never came to be
    foreign,  ///< the certificate is not the gateway's
    refused,
  };
  Cause cause = Cause::broken;
  agent_protocol::RefusalReason reason{};  ///< where it was refused
  bool joined = false;                     ///< it began with a Welcome
  bool renewed = false;                    ///< at least one heartbeat was answered
  std::string text;                        ///< for the operator
};

/// TLS 1.3, as a client that trusts one certificate only. One thread, the executor's.
class GatewaySession : public std::enable_shared_from_this<GatewaySession> {
 public:
  static constexpr std::chrono::milliseconds kConnectLimit{1000};
  static constexpr std::chrono::milliseconds kJoinLimit{
      10'000};                           ///< to be welcomed, once connected
  static constexpr int kUnanswered = 6;  ///< heartbeats without an answer: the connection is dead
  static constexpr std::size_t kMaxOutbox = 8192;  ///< messages that the gateway does not take

  /// @param context as made by client_context(); it and the handlers must outlive the session
  GatewaySession(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& context,
                 const control::Bytes32& fingerprint, const SessionHandlers& handlers);

  /// Once. Never throws but for lack of memory.
  [[nodiscard]] boost::asio::awaitable<SessionEnd> run(control::Endpoint gateway);

  /// Queues it; nothing after the end.
  void send(const agent_protocol::FromAgent& message);

  /// run() ends.
  void close();

  /// Until there is a connection, over which nothing was said yet.
  [[nodiscard]] bool connecting() const noexcept { return connecting_; }
  /// The process of a gateway that welcomed this node, if one did.
  [[nodiscard]] const std::optional<agent_protocol::Instance>& instance() const noexcept {
    return instance_;
  }

 private:
  [[nodiscard]] boost::asio::awaitable<void> connect(const control::Endpoint& gateway);
  /// False where the certificate is another one, or the gateway refused.
  [[nodiscard]] boost::asio::awaitable<bool> join(const control::Endpoint& gateway);
  [[nodiscard]] boost::asio::awaitable<void> converse();
  [[nodiscard]] boost::asio::awaitable<agent_protocol::FromGateway> receive();
  [[nodiscard]] bool is_gateways_certificate();
  void take(const agent_protocol::FromGateway& message);
  void take_answer(const agent_protocol::HeartbeatAnswer& answer);
  void end_refused(const agent_protocol::Refused& refused);
  void send_heartbeat();
  void write_next();
  /// Why the connection ends, where nothing was said yet.
  void note(const boost::system::error_code& error);
  /// The connection ends then, with that text, unless this is called again before.
  void limit(std::chrono::milliseconds time, std::string text);

  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer heartbeat_;
  const control::Bytes32 fingerprint_;
  const SessionHandlers& handlers_;
  std::string deadline_text_;
  bool closed_ = false;
  bool connecting_ = true;
  std::optional<agent_protocol::Instance> instance_;
  SessionEnd end_;
  std::array<std::uint8_t, agent_protocol::kFrameHeader> header_{};
  std::vector<std::uint8_t> frame_;
  std::deque<std::string> outbox_;  ///< the first is being written
  std::chrono::milliseconds interval_{};
  std::uint64_t sequence_ = 0;
  std::deque<std::pair<std::uint64_t, BootTime>> unanswered_;  ///< heartbeats, by when sent
};

/// TLS 1.3 only. Nothing is verified by it: a session looks at the certificate itself.
[[nodiscard]] boost::asio::ssl::context client_context();

}  // namespace encluster::agent
