#include "switching/record_connection.hpp"

#include "switching/connection_key.hpp"
#include "switching/connection_life.hpp"

namespace encluster::switching {

namespace {

Seconds first_life(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::tcp:
      return kEmbryonicLife;
    case Protocol::udp:
      return kDatagramLife;
    case Protocol::icmp:
      return kEchoLife;
  }
  return kEmbryonicLife;
}

void erase_alias(const ConnectionKey& alias, ConnectionTable& table) noexcept {
  if (Connection* record = table.find(alias)) table.erase(*record);
}

/// Points the node's own port at the port that the cluster shows.
bool record_alias(const ConnectionKey& alias, const ConnectionKey& key, NodeId node,
                  BurstContext& context) noexcept {
  const auto [outcome, record] =
      context.connections.insert(alias, node, key.cluster_port, kNoService,
                                 connection_flag::answered, context.now + kAliasLife);
  if (record == nullptr) return false;
  record->other_port = key.cluster_port.value();
  return true;
}

}  // namespace

Recorded record_connection(const ConnectionKey& key, NodeId node, PortNumber node_port,
                           NewConnection start, BurstContext& context) noexcept {
  ConnectionTable& table = context.connections;
  const bool renumbered = node_port != key.cluster_port;
  const ConnectionKey alias = alias_of(key, node_port, node);
  if (!renumbered) {
    // Of an earlier connection that was renumbered: it would lead this one's packets astray.
    erase_alias(alias, table);
  } else if (!record_alias(alias, key, node, context)) {
    return {nullptr, DropReason::connection_table_full};
  }
  const auto [outcome, connection] = table.insert(key, node, node_port, start.service, start.flags,
                                                  context.now + first_life(key.protocol));
  if (outcome == ConnectionTable::Insert::done) {
    context.counters.connections_opened.add();
    report_renumbering(*connection, context);
  }
  if (connection != nullptr) return {connection, DropReason::none};
  erase_alias(alias, table);
  return {nullptr, outcome == ConnectionTable::Insert::table_full
                       ? DropReason::connection_table_full
                       : DropReason::embryonic_full};
}

void report_renumbering(const Connection& connection, BurstContext& context) noexcept {
  const ConnectionKey key = context.connections.key_of(connection);
  const PortNumber node_port(connection.other_port);
  if (key.protocol != Protocol::tcp || node_port == key.cluster_port) return;
  context.events.send(ConnectionRenumbered{key, NodeId(connection.node), node_port});
}

bool forget_connection(const ConnectionKey& key, BurstContext& context) noexcept {
  Connection* connection = context.connections.find(key);
  if (connection == nullptr) return false;
  const ConnectionKey alias =
      alias_of(key, PortNumber(connection->other_port), NodeId(connection->node));
  context.connections.erase(*connection);
  // A later connection may have the same end at the node: then the alias is that one's.
  Connection* record = context.connections.find(alias);
  if (record != nullptr && record->other_port == key.cluster_port.value()) {
    context.connections.erase(*record);
  }
  return true;
}

}  // namespace encluster::switching
