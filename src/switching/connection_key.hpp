// The keys under which a packet's connection is looked up, seen from either side.
#pragma once

#include "encluster/packet.hpp"
#include "switching/connection_table.hpp"

namespace encluster::switching {

/// The connection of a packet that a remote sent. Of an ICMP echo reply, the echo.
[[nodiscard]] inline ConnectionKey inbound_key(const Packet& packet) noexcept {
  if (packet.protocol == Protocol::icmp) {
    return {packet.source, PortNumber(), packet.destination_port, Protocol::icmp, false, NodeId()};
  }
  return {packet.source, packet.source_port, packet.destination_port, packet.protocol, false,
          NodeId()};
}

/// The connection of a packet that a node sent, if the cluster shows the node's own port. Of an
/// ICMP echo request, the echo.
[[nodiscard]] inline ConnectionKey outbound_key(const Packet& packet) noexcept {
  const bool icmp = packet.protocol == Protocol::icmp;
  return {packet.destination,
          icmp ? PortNumber() : packet.destination_port,
          packet.source_port,
          packet.protocol,
          false,
          NodeId()};
}

/// The alias under which a node's packets find a connection that the cluster shows another port of.
[[nodiscard]] inline ConnectionKey alias_of(ConnectionKey key, PortNumber node_port,
                                            NodeId node) noexcept {
  key.cluster_port = node_port;
  key.alias = true;
  key.alias_node = node;
  return key;
}

}  // namespace encluster::switching
