#include "switching/commands.hpp"

#include <variant>

#include "switching/connection_key.hpp"
#include "switching/record_connection.hpp"

namespace encluster::switching {

namespace {

bool forget(const ConnectionKey& key, BurstContext& context) noexcept {
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

CommandResult insert(const InsertConnection& command, BurstContext& context) noexcept {
  if (command.key.alias || !context.is_present(command.node)) return {};
  forget(command.key, context);
  const Recorded recorded = record_connection(command.key, command.node, command.node_port,
                                              {command.service, command.flags}, context);
  return {true, recorded.connection != nullptr, 0};
}

CommandResult list(ConnectionPage& page, const BurstContext& context) noexcept {
  page.count = 0;
  page.cursor = context.connections.list(page.cursor, context.connections.bucket_count(),
                                         [&](const Connection& connection) {
                                           page.connections[page.count++] = connection;
                                           return page.count + 3 <= ConnectionPage::kCapacity;
                                         });
  return {true, true, page.count};
}

}  // namespace

CommandResult carry_out(const Command& command, BurstContext& context, Upkeep& upkeep) noexcept {
  if (const auto* what = std::get_if<InsertConnection>(&command.what)) {
    return insert(*what, context);
  }
  if (const auto* what = std::get_if<RemoveConnection>(&command.what)) {
    return {true, forget(what->key, context), 0};
  }
  if (const auto* what = std::get_if<ListConnections>(&command.what)) {
    return list(*what->page, context);
  }
  if (const auto* what = std::get_if<ResetNode>(&command.what)) {
    const bool started = upkeep.reset_node(command.id, what->node);
    return {!started, false, 0};
  }
  return {};
}

}  // namespace encluster::switching
