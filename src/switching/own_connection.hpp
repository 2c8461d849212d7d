// The connection that a node's message belongs to.
#pragma once

#include "switching/burst_context.hpp"
#include "switching/connection_key.hpp"

namespace encluster::switching {

/// Is the record that of the packet's sender, who uses the packet's source port?
[[nodiscard]] inline bool belongs_to(const Connection& connection, const Packet& packet) noexcept {
  return connection.node == packet.node.value() &&
         connection.other_port == packet.source_port.value();
}

/// The record of the sender's own connection: under its own port, or by an alias under the port
/// that the cluster shows instead. Null if the sender has none.
/// @param slot of outbound_key(packet)
[[nodiscard]] inline Connection* find_own(const Packet& packet, ConnectionTable::Slot slot,
                                          BurstContext& context) noexcept {
  ConnectionTable& table = context.connections;
  const ConnectionKey key = outbound_key(packet);
  Connection* connection = table.find(key, slot);
  if (connection != nullptr && belongs_to(*connection, packet)) return connection;
  const Connection* alias = table.find(alias_of(key, packet.source_port, packet.node));
  if (alias == nullptr) return nullptr;
  ConnectionKey shown = key;
  shown.cluster_port = PortNumber(alias->other_port);
  connection = table.find(shown);
  return connection != nullptr && belongs_to(*connection, packet) ? connection : nullptr;
}

}  // namespace encluster::switching
