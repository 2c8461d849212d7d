// Which nodes take new sessions: those that answer on the interconnect, and whose services accept
// connections where the configuration asks for a check.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "control/configuration.hpp"
#include "control/kernel_objects.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// One service on one node, to be checked by connecting to it.
struct CheckTarget {
  NodeId node;
  Ipv4Address address;
  PortNumber port;
  std::string service;  ///< its name, for reasons and as key
  CheckConfig check;

  friend bool operator==(const CheckTarget&, const CheckTarget&) = default;
};

/// Every node of every service with a check. The gateway itself is not checked.
[[nodiscard]] std::vector<CheckTarget> check_targets(const std::vector<ServiceEntry>& services,
                                                     const std::vector<NodeConfig>& nodes);

/// Adds up what is known of each node. Control thread only; knows neither clock nor sockets.
///
/// A node is up until something speaks against it: its neighbour entry failed, or connections to a
/// checked service failed `fall` times in a row (and have not succeeded `rise` times in a row
/// since). A node that nobody has spoken to yet is up.
class Health {
 public:
  /// Called when a node goes down or up, with the reason as a phrase: "rlogin failed 3 checks".
  using Changed = std::function<void(NodeId, bool up, const std::string& reason)>;

  explicit Health(Changed changed) : changed_(std::move(changed)) {}

  /// Exactly these are watched from now on. What is known of those that stay (same identifier and
  /// address; same check) stays.
  void watch(const std::vector<NodeConfig>& nodes, const std::vector<CheckTarget>& targets);

  /// What the kernel says about a neighbour; others than nodes on the interconnect are ignored.
  void note_neighbour(Egress egress, Ipv4Address address, NeighbourState state);

  /// An attempt to connect succeeded or failed. Ignored where nothing of the kind is watched.
  void note_check(const CheckTarget& target, bool connected);

  /// False for what is not watched.
  [[nodiscard]] bool is_up(NodeId node) const;

 private:
  struct Check {
    CheckTarget target;
    bool up = true;
    std::uint32_t streak = 0;  ///< results in a row that speak against `up`
  };
  struct Node {
    Ipv4Address address;
    bool answers = true;
    std::map<std::string, Check> checks;  ///< by service

    [[nodiscard]] bool up() const;
  };

  void tell_if_changed(NodeId id, bool before, const std::string& reason);

  Changed changed_;
  std::map<NodeId, Node> nodes_;
};

}  // namespace encluster::control
