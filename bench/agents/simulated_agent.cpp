#include "agents/simulated_agent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <variant>

#include "agent_protocol/codec.hpp"
#include "agent_protocol/come_back.hpp"
#include "control/secret_text.hpp"

namespace encluster::bench {

namespace asio = boost::asio;
using agent_protocol::FromAgent;
using agent_protocol::FromGateway;
using asio::use_awaitable;
using asio::ip::tcp;
using asio::ip::udp;

namespace {

constexpr std::chrono::minutes kLongest{1};
/// Any boot will do.
constexpr const char* kBootId = "00000000-0000-4000-8000-000000000000";

}  // namespace

std::vector<AgentIdentity> read_identities(const std::filesystem::path& file) {
  std::ifstream input(file);
  std::vector<AgentIdentity> identities;
  for (std::string line; std::getline(input, line);) {
    std::istringstream words(line);
    std::string node;
    std::string address;
    std::string token;
    words >> node >> address >> token;
    boost::system::error_code error;
    const auto parsed = asio::ip::make_address_v4(address, error);
    const auto bytes = control::parse_hex(token);
    if (error || !bytes) {
      throw std::runtime_error(
          fmt::format("{}: line {} is no agent", file.string(), identities.size() + 1));
    }
    identities.push_back({node, parsed, *bytes});
  }
  if (identities.empty()) throw std::runtime_error(file.string() + ": there are no agents");
  return identities;
}

SimulatedAgent::SimulatedAgent(const asio::any_io_executor& executor, asio::ssl::context& tls,
                               tcp::endpoint gateway, AgentIdentity identity)
    : executor_(executor),
      tls_(tls),
      gateway_(std::move(gateway)),
      identity_(std::move(identity)) {}

void SimulatedAgent::listen() {
  calls_.emplace(executor_, udp::endpoint(identity_.address, gateway_.port()));
}

asio::awaitable<void> SimulatedAgent::called() {
  std::array<std::uint8_t, agent_protocol::kComeBackSize> datagram{};
  for (;;) {
    const std::size_t size = co_await calls_->async_receive(asio::buffer(datagram), use_awaitable);
    if (agent_protocol::decode_come_back(std::span(datagram).first(size), identity_.token)) break;
  }
  calls_.reset();
}

asio::awaitable<void> SimulatedAgent::join() {
  stream_ = std::make_unique<Stream>(executor_, tls_);
  tcp::socket& socket = stream_->next_layer();
  socket.open(tcp::v4());
  socket.bind({identity_.address, 0});
  co_await socket.async_connect(gateway_, use_awaitable);
  socket.set_option(tcp::no_delay(true));
  co_await stream_->async_handshake(asio::ssl::stream_base::client, use_awaitable);
  agent_protocol::Join join;
  join.node = identity_.node;
  join.token.assign(identity_.token.begin(), identity_.token.end());
  join.boot_id = kBootId;
  const std::string frame = agent_protocol::encode(FromAgent(std::move(join)));
  co_await send(frame);
  const FromGateway answer = co_await receive();
  if (!std::holds_alternative<agent_protocol::Welcome>(answer)) {
    throw std::runtime_error(identity_.node + ": Join is answered by something else than Welcome");
  }
}

void SimulatedAgent::leave() { stream_.reset(); }

asio::awaitable<void> SimulatedAgent::send(const std::string& frames) {
  co_await asio::async_write(*stream_, asio::buffer(frames), use_awaitable);
}

asio::awaitable<FromGateway> SimulatedAgent::receive() {
  co_await asio::async_read(*stream_, asio::buffer(header_), use_awaitable);
  const auto length = agent_protocol::frame_length(header_);
  if (!length) throw std::runtime_error(identity_.node + ": a frame of a length that none has");
  frame_.resize(*length);
  co_await asio::async_read(*stream_, asio::buffer(frame_), use_awaitable);
  FromGateway message = agent_protocol::decode_from_gateway(frame_);
  if (const auto* const refused = std::get_if<agent_protocol::Refused>(&message)) {
    throw std::runtime_error(identity_.node + ": refused: " + refused->text);
  }
  co_return message;
}

asio::awaitable<void> SimulatedAgent::beat() {
  const std::string frame = agent_protocol::encode(FromAgent(agent_protocol::Heartbeat{++beats_}));
  co_await send(frame);
  const FromGateway message = co_await receive();
  const auto* const answer = std::get_if<agent_protocol::HeartbeatAnswer>(&message);
  if (answer == nullptr || answer->sequence != beats_) {
    throw std::runtime_error(identity_.node + ": a heartbeat is answered by something else");
  }
}

SimulatedAgents make_agents(asio::io_context& io, asio::ssl::context& tls,
                            const tcp::endpoint& gateway,
                            const std::vector<AgentIdentity>& identities) {
  SimulatedAgents agents;
  for (const AgentIdentity& identity : identities) {
    agents.emplace_back(io.get_executor(), tls, gateway, identity);
  }
  return agents;
}

void run_all(asio::io_context& io, std::vector<asio::awaitable<void>> tasks) {
  std::exception_ptr problem;
  for (auto& task : tasks) {
    asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& thrown) {
      if (!thrown || problem) return;
      problem = thrown;
      io.stop();
    });
  }
  io.restart();
  io.run_for(kLongest);
  if (problem) std::rethrow_exception(problem);
  if (!io.stopped()) throw std::runtime_error("no end within a minute");
}

}  // namespace encluster::bench
