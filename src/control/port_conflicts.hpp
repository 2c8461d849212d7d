// Which nodes want ports that other nodes have.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

struct PortConflict {
  agent_protocol::LeasedPort port;
  NodeId owner;
  NodeId wants;

  friend bool operator==(const PortConflict&, const PortConflict&) = default;
};

/// Conflicts that last: a node goes on asking for a port that another one has. Each is told once,
/// however often the node asks. Control thread only; knows neither clock nor sockets.
class PortConflicts {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using LeasedPort = agent_protocol::LeasedPort;

  /// A conflict is over when the node has not asked for so long. Agents ask every second, and with
  /// thousands of conflicts every 16 s.
  static constexpr std::chrono::seconds kForget{30};
  /// Of a node; what comes beyond is counted, and not remembered.
  static constexpr std::size_t kMost = agent_protocol::kMaxLeases;

  /// The node asked for a port that the owner has. @return whether that is news
  bool note(NodeId node, const LeasedPort& port, NodeId owner, Time now);
  /// The node has the port now, or wants it no more. @return whether it was in conflict
  bool settle(NodeId node, const LeasedPort& port);
  /// Forgets those that nobody has asked about for long; looks once a second, however often it is
  /// called.
  void expire(Time now);

  /// Conflicts that last.
  [[nodiscard]] std::size_t lasting() const noexcept { return lasting_; }
  /// These, by node and port; so many at most.
  [[nodiscard]] std::vector<PortConflict> some(std::size_t most) const;
  /// News, so far.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

 private:
  struct Conflict {
    NodeId owner;
    Time asked;
  };

  std::map<NodeId, std::map<LeasedPort, Conflict>> nodes_;
  std::size_t lasting_ = 0;  ///< in nodes_
  std::uint64_t total_ = 0;
  Time next_expiry_{};
};

}  // namespace encluster::control
