// Datagram ports of nodes that the outside knows by another number: those of services whose nodes
// listen elsewhere than the cluster does, such as MOUNT's.
#pragma once

#include <vector>

#include "encluster/packet.hpp"
#include "encluster/types.hpp"
#include "switching/frozen_map.hpp"

namespace encluster::switching {

/// Immutable. Any number of threads may call find().
class ShownPorts {
 public:
  struct Item {
    NodeId node;
    PortNumber port;   ///< the node's own
    PortNumber shown;  ///< by the cluster
  };

  ShownPorts() = default;
  explicit ShownPorts(const std::vector<Item>& items)
      : ports_(items_of(items)), empty_(items.empty()) {}

  /// The port that a message of packet.node's leaves with if it has no connection: mostly its own.
  [[nodiscard]] PortNumber find(const Packet& packet) const noexcept {
    if (empty_ || packet.protocol != Protocol::udp) return packet.source_port;
    const PortNumber* const shown = ports_.find(key_of(packet.node, packet.source_port));
    return shown == nullptr ? packet.source_port : *shown;
  }

 private:
  static std::uint32_t key_of(NodeId node, PortNumber port) noexcept {
    return static_cast<std::uint32_t>(node.value()) << 16 | port.value();
  }
  static std::vector<FrozenMap<PortNumber>::Item> items_of(const std::vector<Item>& items) {
    std::vector<FrozenMap<PortNumber>::Item> map;
    for (const Item& item : items) map.emplace_back(key_of(item.node, item.port), item.shown);
    return map;
  }

  FrozenMap<PortNumber> ports_;
  bool empty_ = true;
};

}  // namespace encluster::switching
