#include "switching/without_entry.hpp"

#include <optional>

#include "switching/connection_key.hpp"
#include "switching/connection_life.hpp"
#include "switching/packet_kind.hpp"
#include "switching/record_connection.hpp"

namespace encluster::switching {

namespace {

std::optional<NodeId> node_by_hash(std::uint64_t hash, const SwitchEntry& entry,
                                   const BurstContext& context) noexcept {
  const auto node = entry.function->node_by_hash(hash, worker_context(entry, context));
  return node.has_value() && context.is_present(*node) ? node : std::nullopt;
}

/// Even if the table is full altogether, the SYN passes.
void remember(const Packet& packet, const ConnectionKey& key, BurstContext& context) noexcept {
  static_cast<void>(
      record_connection(key, packet.node, packet.rewritten_port, {packet.service, 0}, context));
}

}  // namespace

bool route_by_hash(Packet& packet, const SwitchEntry& entry, BurstContext& context) noexcept {
  const bool opening = is_new_connection(packet);
  const bool follows =
      !packet.has(tcp_flag::syn) && (packet.has(tcp_flag::ack) || packet.has(tcp_flag::rst));
  if (!opening && !follows) return false;
  const ConnectionKey key = inbound_key(packet);
  const std::uint64_t hash = context.flood.hash_of(key);
  const bool remembers = opening && !context.simulated;
  const bool has_room = remembers && context.connections.has_room_for_strangers();
  if (remembers && !has_room && !context.flood.admit(hash, context.now)) {
    packet.rule = Rule::message_switch;
    packet.drop(DropReason::syn_flood);
    return true;
  }
  const auto node = node_by_hash(hash, entry, context);
  if (!node.has_value()) return false;
  packet.lead_to(*node, packet.destination_port, Rule::message_switch);
  if (has_room) {
    remember(packet, key, context);
  } else if (remembers) {
    context.counters.syns_by_hash.add();
  }
  return true;
}

bool route_without_entry(Packet& packet, const SwitchEntry& entry, BurstContext& context) noexcept {
  return context.flood.active(context.now) && route_by_hash(packet, entry, context);
}

DropReason settle_without_entry(const Packet& packet, BurstContext& context) noexcept {
  const Snapshot& snapshot = context.snapshot;
  if (!context.flood.active(context.now) || snapshot.is_cluster_address(packet.destination)) {
    return DropReason::none;
  }
  const SwitchEntry* entry =
      snapshot.message_switch.find(packet.network, packet.protocol, packet.source_port);
  if (entry == nullptr || entry->function == nullptr) return DropReason::none;
  const ConnectionKey key = outbound_key(packet);
  const auto owner = node_by_hash(context.flood.hash_of(key), *entry, context);
  if (!owner.has_value()) return DropReason::none;
  if (*owner != packet.node) return DropReason::not_owner;
  // Forged SYNs are answered by SYN-ACKs, and forged segments by RSTs: neither proves anything.
  if (context.simulated || packet.has(tcp_flag::syn) || packet.has(tcp_flag::rst)) {
    return DropReason::none;
  }
  // Where the whole table is full, the next segment tries again.
  const Recorded recorded = record_connection(key, packet.node, packet.source_port,
                                              {entry->service, connection_flag::answered}, context);
  if (recorded.connection != nullptr) {
    note_segment(context.connections, *recorded.connection, Side::node, packet.tcp_flags,
                 context.now);
  }
  return DropReason::none;
}

}  // namespace encluster::switching
