// Which nodes are dead: nothing is heard of them, and they do not answer when they are asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/configuration.hpp"
#include "control/kernel_objects.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// Adds up what speaks for and against a node's life (docs/decisions/0013). Control thread only;
/// knows neither clock nor sockets.
///
/// A node is suspected when its agent was silent for some time or has gone, or, where no agent is
/// heard and it is asked every second instead, when it did not answer ARP. Then it is asked at
/// once, and is dead if it does not answer that. Who is heard or answers is alive. Services say
/// nothing about the node that they are on.
///
/// Where all nodes fall silent at once, it may be the gateway that is cut off. Thus a death counts
/// only if another node gave a sign of life since the suspicion, its witness. Where none did, the
/// node is asked once more at the next sign. The last that lives needs no witness.
class NodeDeaths {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Between two questions to a node whose agent is not heard: no longer than an answer may take.
  static constexpr std::chrono::milliseconds kAsk{1000};

  struct Hooks {
    /// No agent speaks for the node: ask it by ARP now.
    std::function<void(NodeId)> unheard;
    /// Ask the node by ARP now. The reason is a phrase: "its agent has gone".
    std::function<void(NodeId, const std::string& reason)> suspected;
    /// The node is dead, and the gateway is not cut off. Called once until the node is heard or
    /// answers again.
    std::function<void(NodeId)> died;
  };

  /// @param silence after which an agent is not counted as heard: several heartbeats
  NodeDeaths(std::chrono::milliseconds silence, Hooks hooks);

  /// Exactly these are watched from now on. What is known of those that stay (same identifier and
  /// address) stays.
  void watch(const std::vector<NodeConfig>& nodes);

  /// The node's agent said something.
  void heard(NodeId node, Time now);
  /// The connection to the node's agent ended.
  void agent_left(NodeId node);
  /// What the kernel says about a neighbour; others than nodes on the interconnect are ignored.
  void note_neighbour(Egress egress, Ipv4Address address, NeighbourState state);
  /// Suspects nodes whose agent has been silent for too long, and has those asked that have none.
  /// Called often.
  void look_for_silence(Time now);

 private:
  struct Node {
    Ipv4Address address;
    std::optional<Time> heard;  ///< last, from the agent; nothing: there is none, or it is silent
    Time asked{};               ///< last, as it had no agent
    bool suspected = false;
    bool dead = false;
    bool told = false;             ///< that it is dead
    std::uint64_t signs_then = 0;  ///< signs_ when it was suspected
  };

  void ask_if_due(NodeId id, Node& node, Time now);
  void suspect(NodeId id, Node& node, const std::string& reason);
  void note_failure(NodeId id, Node& node);
  void note_sign(Node& node);
  bool others_may_live(const Node& node) const;

  const std::chrono::milliseconds silence_;
  const Hooks hooks_;
  std::map<NodeId, Node> nodes_;
  std::uint64_t signs_ = 0;  ///< of life, from all nodes
};

}  // namespace encluster::control
