#include "switching/route.hpp"

#include <optional>
#include <type_traits>

#include "switching/call_functions.hpp"
#include "switching/connection_key.hpp"
#include "switching/connection_life.hpp"
#include "switching/icmp_error.hpp"
#include "switching/packet_kind.hpp"
#include "switching/record_connection.hpp"
#include "switching/without_entry.hpp"

namespace encluster::switching {

namespace {

/// Packets whose connection has to be looked up: first all are prefetched, then all are found.
class Lookups {
 public:
  void add(Packet& packet, const SwitchEntry* entry, const ConnectionTable& table) noexcept {
    const ConnectionTable::Slot slot = table.slot_of(inbound_key(packet));
    table.prefetch(slot);
    lookups_[count_++] = {&packet, entry, slot};
  }

  struct Lookup {
    Packet* packet;
    const SwitchEntry* entry;  ///< null where the port has no entry
    ConnectionTable::Slot slot;
  };
  [[nodiscard]] const Lookup* begin() const noexcept { return lookups_.data(); }
  [[nodiscard]] const Lookup* end() const noexcept { return lookups_.data() + count_; }

 private:
  std::array<Lookup, kMaxBurst> lookups_;
  static_assert(std::is_trivially_default_constructible_v<Lookup>, "costs nothing when empty");
  std::size_t count_ = 0;
};

/// A new connection to a dynamic port needs the network's leave, or that a node announced it.
bool may_open_dynamic(const Packet& packet, Sender sender, const BurstContext& context) noexcept {
  return sender == Sender::node || !is_new_connection(packet) ||
         context.snapshot.may_open_dynamic(packet.network, packet.source) ||
         context.announcements.expected(packet.source, packet.destination_port).has_value();
}

void classify_icmp(Packet& packet, Lookups& lookups, ErrorLookups& errors,
                   BurstContext& context) noexcept {
  if (is_icmp_error(packet)) return route_error(packet, errors, context);
  switch (icmp_type_of(packet)) {
    case net::icmp_type::echo_reply:
      return lookups.add(packet, nullptr, context.connections);
    case net::icmp_type::source_quench:
      return packet.drop(DropReason::icmp_type);
    default:
      return packet.lead_to(kGateway, packet.destination_port, Rule::local_stack);
  }
}

/// Decides what port arithmetic and the switch decide alone; queues the rest.
void classify(Packet& packet, Sender sender, Lookups& lookups, ErrorLookups& errors,
              FunctionCalls& calls, BurstContext& context) noexcept {
  if (packet.protocol == Protocol::icmp) return classify_icmp(packet, lookups, errors, context);
  const PortNumber port = packet.destination_port;
  const SwitchEntry* entry =
      context.snapshot.message_switch.find(packet.network, packet.protocol, port);
  if (entry != nullptr) {
    packet.service = entry->service;
    if (entry->function == nullptr) {
      return packet.lead_to(entry->node, port, Rule::message_switch);
    }
    if (packet.protocol == Protocol::tcp) {
      context.flood.prefetch(inbound_key(packet), context.now);
      return lookups.add(packet, entry, context.connections);
    }
    return calls.add(packet, *entry);
  }
  if (const auto owner = context.snapshot.slices.owner(port)) {
    if (!may_open_dynamic(packet, sender, context)) {
      packet.rule = Rule::slice;
      return packet.drop(DropReason::dynamic_syn_denied);
    }
    return packet.lead_to(*owner, port, Rule::slice);
  }
  lookups.add(packet, nullptr, context.connections);
}

/// A SYN on a connection that is over starts a new one. A service schedules it anew
/// (docs/decisions/0006), and one that a node awaits is that node's, at the port it awaits it; any
/// other connection stays with its node. False if it has to be routed afresh.
bool reopen(Packet& packet, Connection& connection, const SwitchEntry* entry,
            BurstContext& context) noexcept {
  if (entry != nullptr ||
      context.announcements.expected(packet.source, packet.destination_port).has_value()) {
    return false;
  }
  if (!context.simulated && !restart(context.connections, connection, false, context.now)) {
    packet.drop(DropReason::embryonic_full);
  }
  return true;
}

/// True if the packet's connection is known and leads to a node that exists.
bool follow(const Lookups::Lookup& lookup, BurstContext& context) noexcept {
  Connection* connection = context.connections.find(inbound_key(*lookup.packet), lookup.slot);
  if (connection == nullptr) return false;
  Packet& packet = *lookup.packet;
  const bool reopening = is_new_connection(packet) && is_over(*connection);
  if (!context.is_present(NodeId(connection->node)) ||
      (reopening && !reopen(packet, *connection, lookup.entry, context))) {
    if (!context.simulated) context.connections.erase(*connection);
    return false;
  }
  packet.lead_to(NodeId(connection->node), PortNumber(connection->other_port), Rule::connection);
  packet.service = connection->service;
  if (context.simulated || reopening) return true;
  if (packet.protocol == Protocol::tcp) {
    note_segment(context.connections, *connection, Side::remote, packet.tcp_flags, context.now);
  } else {
    note_datagram(*connection, packet.protocol, context.now);
  }
  return true;
}

/// The second connection that a node announced: class E, opened by the remote.
bool accept_expected(Packet& packet, BurstContext& context) noexcept {
  if (!is_new_connection(packet)) return false;
  const auto expected = context.announcements.expected(packet.source, packet.destination_port);
  if (!expected.has_value() || !context.is_present(expected->node)) return false;
  packet.lead_to(expected->node, expected->node_port, Rule::expectation);
  if (context.simulated) return true;
  const Recorded recorded = record_connection(inbound_key(packet), expected->node,
                                              expected->node_port, {kNoService, 0}, context);
  if (recorded.connection == nullptr) {
    packet.drop(recorded.refused);
  } else {
    context.announcements.fulfilled(packet.source, packet.destination_port);
  }
  return true;
}

}  // namespace

void route(PacketList& packets, Sender sender, BurstContext& context) noexcept {
  Lookups lookups;
  ErrorLookups errors;
  FunctionCalls calls;
  for (Packet* packet : packets) {
    if (packet->verdict == Verdict::pending) {
      classify(*packet, sender, lookups, errors, calls, context);
    }
  }
  errors.settle(context);
  for (const Lookups::Lookup& lookup : lookups) {
    if (follow(lookup, context)) continue;
    if (context.snapshot.recovering && lookup.packet->protocol == Protocol::tcp) {
      lookup.packet->rule = Rule::connection;
      lookup.packet->drop(DropReason::recovering);
      continue;
    }
    if (lookup.entry != nullptr) {
      if (sender == Sender::remote && route_without_entry(*lookup.packet, *lookup.entry, context)) {
        continue;
      }
      calls.add(*lookup.packet, *lookup.entry);
    } else if (!accept_expected(*lookup.packet, context)) {
      lookup.packet->lead_to(kGateway, lookup.packet->destination_port, Rule::local_stack);
    }
  }
  calls.run(sender, context);
}

}  // namespace encluster::switching
