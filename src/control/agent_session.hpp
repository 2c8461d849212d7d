// A connection from a node's agent: TLS, frames, and every bound on what a peer may cost.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent_protocol/frame.hpp"
#include "control/agent_limits.hpp"
#include "control/agent_registry.hpp"
#include "control/token_bucket.hpp"

namespace encluster::control {

/// Control thread only. Lives as long as its operations, which share it; after stop() it calls
/// nobody any more.
class AgentSession final : public AgentPeer, public std::enable_shared_from_this<AgentSession> {
 public:
  using Ended = std::function<void(AgentSession&)>;

  /// @param from the node's address that the connection came from
  /// @param ended called once, from a handler, unless stopped
  AgentSession(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls,
               Ipv4Address from, const AgentLimits& limits, AgentRegistry& registry, Ended ended);

  void start();
  /// Closes the connection. Registry and limits may be gone afterwards.
  void stop();

  void send(const agent_protocol::FromGateway& message) override;
  void refuse(const agent_protocol::Refused& refused) override;

  [[nodiscard]] Ipv4Address from() const noexcept { return from_; }
  /// Joined, and not being refused.
  [[nodiscard]] bool joined() const noexcept { return epoch_.has_value() && !leaving_; }

 private:
  using Bytes = std::span<const std::uint8_t>;

  [[nodiscard]] boost::asio::awaitable<void> run();
  /// Until the agent is refused or the connection ends. @return why it ended
  [[nodiscard]] boost::asio::awaitable<std::string> converse();
  /// Nothing if the connection ended, or what came is no frame.
  [[nodiscard]] boost::asio::awaitable<std::optional<Bytes>> read_frame();
  [[nodiscard]] boost::asio::awaitable<void> join(agent_protocol::Join join);
  [[nodiscard]] boost::asio::awaitable<void> handle(Bytes frame);
  /// Reads what a refused agent still sends, which would otherwise undo the refusal (RFC 1122,
  /// section 4.2.2.13: unread data resets the connection).
  [[nodiscard]] boost::asio::awaitable<void> discard();

  void note_refusal_and_refuse(agent_protocol::RefusalReason reason, const std::string& text);
  void write();
  void set_deadline(std::chrono::milliseconds time, const char* reason);
  void finish(const std::string& reason);

  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer pause_;
  const Ipv4Address from_;
  const AgentLimits limits_;
  AgentRegistry& registry_;
  Ended ended_;

  std::array<std::uint8_t, agent_protocol::kFrameHeader> header_{};
  std::vector<std::uint8_t> frame_;
  TokenBucket budget_;
  std::string outgoing_;  ///< waits for what is being written
  std::string writing_;
  std::string broken_;   ///< why reading ended
  std::string claimed_;  ///< the node that the agent says it is
  NodeId node_;
  std::optional<AgentEpoch> epoch_;  ///< set when it joined
  bool leaving_ = false;             ///< refused
  bool finished_ = false;
};

}  // namespace encluster::control
