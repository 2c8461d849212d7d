#include "switching/commands.hpp"

#include <variant>

#include "switching/connection_key.hpp"
#include "switching/record_connection.hpp"
#include "switching/restore.hpp"

namespace encluster::switching {

namespace {

/// So that packets do not wait for a walk through a large table that finds nothing.
constexpr std::uint32_t kBucketsPerPage = 4096;

CommandResult insert(const InsertConnection& command, BurstContext& context) noexcept {
  if (command.key.alias || !context.is_present(command.node)) return {};
  forget_connection(command.key, context);
  const Recorded recorded = record_connection(command.key, command.node, command.node_port,
                                              {command.service, command.flags}, context);
  return {true, recorded.connection != nullptr, 0};
}

CommandResult list(ConnectionPage& page, const BurstContext& context) noexcept {
  page.count = 0;
  page.cursor =
      context.connections.list(page.cursor, kBucketsPerPage, [&](const Connection& connection) {
        const bool tcp = connection.kind == static_cast<std::uint8_t>(Protocol::tcp);
        const bool wanted =
            !page.renumbered || (tcp && connection.other_port != connection.cluster_port);
        if (wanted) page.connections[page.count++] = connection;
        return page.count + 3 <= ConnectionPage::kCapacity;
      });
  return {true, true, page.count};
}

}  // namespace

CommandResult carry_out(const Command& command, BurstContext& context, Upkeep& upkeep) noexcept {
  if (const auto* what = std::get_if<InsertConnection>(&command.what)) {
    return insert(*what, context);
  }
  if (const auto* what = std::get_if<RestoreConnections>(&command.what)) {
    return {true, true, restore(*what->page, context)};
  }
  if (const auto* what = std::get_if<RemoveConnection>(&command.what)) {
    return {true, forget_connection(what->key, context), 0};
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
