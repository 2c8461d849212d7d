// A node's agent as far as the gateway can tell: it says what an agent says, and does nothing of
// it.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent_protocol/frame.hpp"
#include "agent_protocol/messages.hpp"

namespace encluster::bench {

struct AgentIdentity {
  std::string node;
  boost::asio::ip::address_v4 address;
  std::array<std::uint8_t, agent_protocol::kTokenSize> token{};
};

/// One a line: a node's name, its address, and its token as hexadecimal digits.
/// @throws std::runtime_error
[[nodiscard]] std::vector<AgentIdentity> read_identities(const std::filesystem::path& file);

/// One thread, the executor's. Everything throws std::runtime_error where the gateway does
/// something else than expected.
class SimulatedAgent {
 public:
  /// @param tls outlives the agent
  SimulatedAgent(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& tls,
                 boost::asio::ip::tcp::endpoint gateway, AgentIdentity identity);

  /// Hears from then on when the gateway calls.
  void listen();
  /// Until it has called. @pre listen() was called
  [[nodiscard]] boost::asio::awaitable<void> called();

  /// A new connection, from connect() to Welcome.
  [[nodiscard]] boost::asio::awaitable<void> join();
  /// Closes it as agents do: without a word.
  void leave();

  /// @param frames as encoded, any number. @pre joined
  [[nodiscard]] boost::asio::awaitable<void> send(const std::string& frames);
  [[nodiscard]] boost::asio::awaitable<agent_protocol::FromGateway> receive();
  /// Everything sent before has been handled when this is answered.
  [[nodiscard]] boost::asio::awaitable<void> beat();

 private:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

  boost::asio::any_io_executor executor_;
  boost::asio::ssl::context& tls_;
  const boost::asio::ip::tcp::endpoint gateway_;
  const AgentIdentity identity_;
  std::optional<boost::asio::ip::udp::socket> calls_;
  std::unique_ptr<Stream> stream_;
  std::array<std::uint8_t, agent_protocol::kFrameHeader> header_{};
  std::vector<std::uint8_t> frame_;
  std::uint64_t beats_ = 0;
};

/// Agents stay where they are: their coroutines refer to them.
using SimulatedAgents = std::deque<SimulatedAgent>;

[[nodiscard]] SimulatedAgents make_agents(boost::asio::io_context& io,
                                          boost::asio::ssl::context& tls,
                                          const boost::asio::ip::tcp::endpoint& gateway,
                                          const std::vector<AgentIdentity>& identities);

/// Runs them side by side to their end. @throws what one of them throws; std::runtime_error after a
/// minute
void run_all(boost::asio::io_context& io, std::vector<boost::asio::awaitable<void>> tasks);

}  // namespace encluster::bench
