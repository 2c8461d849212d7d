// How fast agents join and get leases.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <vector>

#include "agents/simulated_agent.hpp"

namespace encluster::bench {

/// Has agents join and leave, in turn, `times` each.
/// @param width so many at once, at most one of them the same agent's
/// @return joins a second
[[nodiscard]] double join_rate(boost::asio::io_context& io, SimulatedAgents& agents,
                               std::size_t width, std::size_t times);

/// So many agents ask for so many ports each, all at once; gives them back, and does so again.
/// @return leases granted a second
[[nodiscard]] double lease_rate(boost::asio::io_context& io, SimulatedAgents& agents,
                                std::size_t nodes, std::size_t ports, std::size_t times);

/// From a message to its answer, where nobody asks for anything else.
struct Latencies {
  std::vector<std::chrono::nanoseconds> leases;      ///< rising
  std::vector<std::chrono::nanoseconds> heartbeats;  ///< the same; the cluster does not change

  /// @pre there are some
  [[nodiscard]] static std::chrono::nanoseconds quantile(
      const std::vector<std::chrono::nanoseconds>& rising, double part);
};

/// One at a time, by turns, with pauses between them.
[[nodiscard]] Latencies measure_latencies(boost::asio::io_context& io, SimulatedAgent& agent,
                                          std::size_t times);

}  // namespace encluster::bench
