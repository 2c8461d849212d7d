// Connections of remotes that nobody has, and agents that tell of them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>

#include "agent_protocol/messages.hpp"
#include "agents/simulated_agent.hpp"

namespace encluster::bench {

/// One of many, all different: from addresses of the block for benchmarks (RFC 2544) to a service.
[[nodiscard]] agent_protocol::TcpSocket made_up_socket(std::size_t number, PortNumber service);

/// When agents began and ended to tell (CLOCK_MONOTONIC).
struct Told {
  std::chrono::steady_clock::time_point first;
  std::chrono::steady_clock::time_point last;
};

/// The agents wait for the gateway to call them, join, and share `sockets` between them.
/// @pre they listen
[[nodiscard]] Told tell_sockets(boost::asio::io_context& io, SimulatedAgents& agents,
                                std::size_t sockets, PortNumber service);

}  // namespace encluster::bench
