#include "agents/sockets.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent_protocol/codec.hpp"

namespace encluster::bench {

namespace asio = boost::asio;
using agent_protocol::FromAgent;
using agent_protocol::Sockets;
using asio::awaitable;
using std::chrono::steady_clock;

namespace {

constexpr Ipv4Address kFirstRemote(198, 18, 0, 0);
constexpr std::size_t kRemotes = std::size_t{1} << 17;
constexpr std::size_t kFirstRemotePort = 1024;

/// What one agent tells, encoded: sockets of these numbers.
std::string frames_of(std::size_t begin, std::size_t end, PortNumber service) {
  std::string frames;
  do {
    Sockets message;
    while (begin < end && message.sockets.size() < agent_protocol::kMaxSockets) {
      message.sockets.push_back(made_up_socket(begin++, service));
    }
    message.last = begin == end;
    frames += agent_protocol::encode(FromAgent(std::move(message)));
  } while (begin < end);
  return frames;
}

awaitable<void> tell(SimulatedAgent& agent, const std::string& frames, Told& told) {
  co_await agent.called();
  co_await agent.join();
  told.first = std::min(told.first, steady_clock::now());
  co_await agent.send(frames);
  // What was sent before is in the gateway's hands.
  co_await agent.beat();
  told.last = std::max(told.last, steady_clock::now());
}

}  // namespace

agent_protocol::TcpSocket made_up_socket(std::size_t number, PortNumber service) {
  const auto remote = static_cast<std::uint32_t>(number % kRemotes);
  const auto port = static_cast<std::uint16_t>(kFirstRemotePort + number / kRemotes);
  agent_protocol::TcpSocket socket;
  socket.remote = Ipv4Address(kFirstRemote.value() + remote);
  socket.remote_port = PortNumber(port);
  socket.port = service;
  socket.shown = service;
  return socket;
}

Told tell_sockets(asio::io_context& io, SimulatedAgents& agents, std::size_t sockets,
                  PortNumber service) {
  Told told{steady_clock::time_point::max(), steady_clock::time_point::min()};
  std::vector<std::string> frames;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    const std::size_t begin = sockets * i / agents.size();
    frames.push_back(frames_of(begin, sockets * (i + 1) / agents.size(), service));
  }
  std::vector<awaitable<void>> tasks;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    tasks.push_back(tell(agents[i], frames[i], told));
  }
  run_all(io, std::move(tasks));
  return told;
}

}  // namespace encluster::bench
