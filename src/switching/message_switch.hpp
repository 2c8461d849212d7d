// The paper's message switch: tuples of cluster port and protocol, node, and routing function.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "encluster/routing_function.hpp"
#include "encluster/types.hpp"
#include "switching/frozen_map.hpp"

namespace encluster::switching {

/// One tuple. Without a function, messages go to `node`; with one, the function decides.
struct SwitchEntry {
  NetworkIndex network = 0;
  Protocol protocol = Protocol::tcp;
  PortNumber port;
  NodeId node;
  ServiceIndex service = kNoService;
  std::vector<NodeId> candidates;  ///< with a function: the nodes that it may choose
  std::shared_ptr<const RoutingFunction> function;
  std::vector<NodePort> node_ports{};  ///< as the function says
  /// What the function keeps per worker; index: WorkerId. Carried over from snapshot to snapshot
  /// as long as the service is configured the same.
  std::vector<std::shared_ptr<WorkerState>> worker_states;

  /// Where the node serves it. As long as the list: not for every packet.
  [[nodiscard]] PortNumber port_on(NodeId of) const noexcept {
    const auto at = std::ranges::find(node_ports, of, &NodePort::node);
    return at == node_ports.end() ? port : at->port;
  }
};

/// Immutable after construction; any number of threads may call find().
class MessageSwitch {
 public:
  MessageSwitch() = default;
  explicit MessageSwitch(std::vector<SwitchEntry> entries);

  /// The entry for messages that reach `port` on `network`, or null.
  [[nodiscard]] const SwitchEntry* find(NetworkIndex network, Protocol protocol,
                                        PortNumber port) const noexcept {
    const std::uint32_t* position = positions_.find(key_of(network, protocol, port));
    return position == nullptr ? nullptr : &entries_[*position];
  }

  [[nodiscard]] const std::vector<SwitchEntry>& entries() const noexcept { return entries_; }

 private:
  static constexpr std::uint32_t key_of(NetworkIndex network, Protocol protocol,
                                        PortNumber port) noexcept {
    return static_cast<std::uint32_t>(network) << 24 | static_cast<std::uint32_t>(protocol) << 16 |
           port.value();
  }

  std::vector<SwitchEntry> entries_;
  FrozenMap<std::uint32_t> positions_;
};

}  // namespace encluster::switching
