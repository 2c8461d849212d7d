#include "switching/restore.hpp"

#include <optional>
#include <span>

#include "switching/connection_key.hpp"
#include "switching/connection_life.hpp"
#include "switching/record_connection.hpp"

namespace encluster::switching {

namespace {

/// The service that a record of this connection would be of; nothing if it needs none.
std::optional<ServiceIndex> service_of(const ConnectionKey& key,
                                       const Snapshot& snapshot) noexcept {
  const Place& place = snapshot.places.find(key.remote);
  if (place.kind == PlaceKind::inside || place.kind == PlaceKind::gateway) return std::nullopt;
  const SwitchEntry* entry =
      snapshot.message_switch.find(place.network, key.protocol, key.cluster_port);
  if (entry != nullptr) {
    return entry->function == nullptr ? std::nullopt : std::optional(entry->service);
  }
  if (snapshot.slices.owner(key.cluster_port).has_value()) return std::nullopt;
  return kNoService;
}

enum class Known : std::uint8_t { no, as_reported, of_another_node };

/// The handshake may have ended between the report and one before it.
void finish_handshake(Connection& record, std::uint8_t reported, BurstContext& context) noexcept {
  if (!record.embryonic() || (reported & connection_flag::answered) == 0) return;
  context.connections.set_flags(record, record.flags | connection_flag::answered);
  record.deadline = context.now + life_of(record.flags);
}

/// Whether the table has the connection under another port than is reported: an agent that was
/// restarted does not know which of its node's connections were renumbered.
bool is_renumbered(const ReportedConnection& reported, NodeId node,
                   BurstContext& context) noexcept {
  const Connection* alias =
      context.connections.find(alias_of(reported.key, reported.node_port, node));
  if (alias == nullptr) return false;
  ConnectionKey shown = reported.key;
  shown.cluster_port = PortNumber(alias->other_port);
  const Connection* record = context.connections.find(shown);
  return record != nullptr && record->node == node.value() &&
         record->other_port == reported.node_port.value() && !is_over(*record);
}

/// What the table says. Forgets a record that contradicts the report and does not count any more.
Known look_up(const ReportedConnection& reported, NodeId node, BurstContext& context) noexcept {
  Connection* record = context.connections.find(reported.key);
  if (is_renumbered(reported, node, context)) return Known::as_reported;
  if (record == nullptr) return Known::no;
  if (record->node == node.value() && record->other_port == reported.node_port.value()) {
    finish_handshake(*record, reported.flags, context);
    return Known::as_reported;
  }
  if (!is_over(*record) && context.is_present(NodeId(record->node))) return Known::of_another_node;
  forget_connection(reported.key, context);
  return Known::no;
}

/// True if the table has the connection now.
bool restore_one(const ReportedConnection& reported, ReportPage& page,
                 BurstContext& context) noexcept {
  const auto service = service_of(reported.key, context.snapshot);
  if (!service.has_value()) return false;
  const Known known = look_up(reported, page.node, context);
  if (known == Known::as_reported) return true;
  if (known == Known::of_another_node) {
    ++page.conflicts;
    return false;
  }
  const bool strangers =
      *service != kNoService && (reported.flags & connection_flag::answered) == 0;
  if (strangers && !context.connections.has_room_for_strangers()) {
    ++page.refused;
    return false;
  }
  const Recorded recorded = record_connection(reported.key, page.node, reported.node_port,
                                              {*service, reported.flags}, context);
  if (recorded.connection == nullptr) {
    ++page.refused;
    return false;
  }
  recorded.connection->deadline = context.now + life_of(reported.flags);
  return true;
}

}  // namespace

std::uint32_t restore(ReportPage& page, BurstContext& context) noexcept {
  page.conflicts = 0;
  page.refused = 0;
  if (!context.is_present(page.node)) {
    page.refused = page.count;
    return 0;
  }
  std::uint32_t count = 0;
  for (const ReportedConnection& reported : std::span(page.connections).first(page.count)) {
    if (restore_one(reported, page, context)) ++count;
  }
  return count;
}

}  // namespace encluster::switching
