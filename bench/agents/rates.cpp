#include "agents/rates.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "agent_protocol/codec.hpp"

namespace encluster::bench {

namespace asio = boost::asio;
using agent_protocol::encode;
using agent_protocol::FromAgent;
using agent_protocol::LeasedPort;
using asio::awaitable;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

namespace {

/// Longer than the gateway lets pass between two changes of the cluster (AgentLimits::pace).
constexpr std::chrono::milliseconds kPause{10};

LeasedPort port_of(std::size_t number) {
  return {Protocol::udp, PortNumber(static_cast<std::uint16_t>(number + 1))};
}

/// Agents `first`, `first + width` and so on, in turn.
awaitable<void> join_in_turn(SimulatedAgents& agents, std::size_t first, std::size_t width,
                             std::size_t times) {
  for (std::size_t turn = 0; turn < times; ++turn) {
    for (std::size_t i = first; i < agents.size(); i += width) {
      co_await agents[i].join();
      agents[i].leave();
    }
  }
}

awaitable<void> join_and_stay(SimulatedAgent& agent) { co_await agent.join(); }

void require_granted(const agent_protocol::FromGateway& message) {
  const auto* const answer = std::get_if<agent_protocol::LeaseAnswer>(&message);
  if (answer == nullptr || answer->result != agent_protocol::LeaseResult::granted) {
    throw std::runtime_error("a lease is not granted");
  }
}

awaitable<void> request(SimulatedAgent& agent, std::size_t first, std::size_t ports) {
  std::string frames;
  for (std::size_t i = 0; i < ports; ++i) {
    frames += encode(FromAgent(agent_protocol::LeaseRequest{i, port_of(first + i)}));
  }
  co_await agent.send(frames);
  for (std::size_t i = 0; i < ports; ++i) {
    const agent_protocol::FromGateway answer = co_await agent.receive();
    require_granted(answer);
  }
}

awaitable<void> release(SimulatedAgent& agent, std::size_t first, std::size_t ports) {
  std::string frames;
  for (std::size_t i = 0; i < ports; ++i) {
    frames += encode(FromAgent(agent_protocol::LeaseRelease{port_of(first + i)}));
  }
  co_await agent.send(frames);
  co_await agent.beat();
}

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

awaitable<void> pause_between() {
  asio::steady_timer timer(co_await asio::this_coro::executor, kPause);
  co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> ask_by_turns(SimulatedAgent& agent, std::size_t times, Latencies& latencies) {
  co_await agent.join();
  for (std::size_t i = 0; i < times; ++i) {
    co_await pause_between();
    const auto beaten = steady_clock::now();
    co_await agent.beat();
    latencies.heartbeats.push_back(steady_clock::now() - beaten);
    co_await pause_between();
    const auto asked = steady_clock::now();
    co_await request(agent, 0, 1);
    latencies.leases.push_back(steady_clock::now() - asked);
    co_await release(agent, 0, 1);
  }
  agent.leave();
}

}  // namespace

double join_rate(asio::io_context& io, SimulatedAgents& agents, std::size_t width,
                 std::size_t times) {
  const auto begin = steady_clock::now();
  std::vector<awaitable<void>> tasks;
  for (std::size_t first = 0; first < std::min(width, agents.size()); ++first) {
    tasks.push_back(join_in_turn(agents, first, width, times));
  }
  run_all(io, std::move(tasks));
  return static_cast<double>(agents.size() * times) / seconds_since(begin);
}

double lease_rate(asio::io_context& io, SimulatedAgents& agents, std::size_t nodes,
                  std::size_t ports, std::size_t times) {
  const auto each = [&](auto&& task) {
    std::vector<awaitable<void>> tasks;
    for (std::size_t i = 0; i < nodes; ++i) tasks.push_back(task(agents[i], i * ports));
    run_all(io, std::move(tasks));
  };
  each([](SimulatedAgent& agent, std::size_t) { return join_and_stay(agent); });
  double seconds = 0;
  for (std::size_t i = 0; i < times; ++i) {
    const auto begin = steady_clock::now();
    each([&](SimulatedAgent& agent, std::size_t first) { return request(agent, first, ports); });
    seconds += seconds_since(begin);
    each([&](SimulatedAgent& agent, std::size_t first) { return release(agent, first, ports); });
  }
  for (std::size_t i = 0; i < nodes; ++i) agents[i].leave();
  return static_cast<double>(nodes * ports * times) / seconds;
}

nanoseconds Latencies::quantile(const std::vector<nanoseconds>& rising, double part) {
  const auto rank = std::ceil(part * static_cast<double>(rising.size()));
  return rising[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

Latencies measure_latencies(asio::io_context& io, SimulatedAgent& agent, std::size_t times) {
  Latencies latencies;
  std::vector<awaitable<void>> tasks;
  tasks.push_back(ask_by_turns(agent, times, latencies));
  run_all(io, std::move(tasks));
  std::ranges::sort(latencies.leases);
  std::ranges::sort(latencies.heartbeats);
  return latencies;
}

}  // namespace encluster::bench
