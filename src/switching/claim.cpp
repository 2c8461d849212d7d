#include "switching/claim.hpp"

#include <type_traits>

#include "switching/connection_key.hpp"
#include "switching/connection_life.hpp"
#include "switching/icmp_error.hpp"
#include "switching/own_connection.hpp"
#include "switching/packet_kind.hpp"
#include "switching/record_connection.hpp"
#include "switching/refuse.hpp"
#include "switching/without_entry.hpp"

namespace encluster::switching {

namespace {

/// A packet whose connection has to be looked up: first all are prefetched, then all are settled.
struct Claim {
  Packet* packet;
  ConnectionTable::Slot slot;

  [[nodiscard]] ConnectionKey key() const noexcept { return outbound_key(*packet); }
};
static_assert(std::is_trivially_default_constructible_v<Claim>, "a list of them must cost nothing");

class Claims {
 public:
  void add(Packet& packet, const ConnectionTable& table) noexcept {
    const ConnectionTable::Slot slot = table.slot_of(outbound_key(packet));
    table.prefetch(slot);
    claims_[count_++] = {&packet, slot};
  }
  [[nodiscard]] const Claim* begin() const noexcept { return claims_.data(); }
  [[nodiscard]] const Claim* end() const noexcept { return claims_.data() + count_; }

 private:
  std::array<Claim, kMaxBurst> claims_;
  std::size_t count_ = 0;
};

void show_as(Packet& packet, PortNumber port) noexcept { packet.rewritten_port = port; }

/// Why the node may not speak for the port that the answer is from; none if it may. Sets `shown` to
/// the cluster's port.
DropReason find_shown_port(const Packet& answer, PortNumber& shown,
                           BurstContext& context) noexcept {
  const Snapshot& snapshot = context.snapshot;
  shown = snapshot.shown_ports.find(answer);
  if (const SwitchEntry* entry =
          snapshot.message_switch.find(answer.network, answer.protocol, shown)) {
    const bool foreign = entry->function == nullptr && entry->node != answer.node;
    if (foreign) return DropReason::foreign_service;
    if (entry->function == nullptr || answer.protocol == Protocol::udp) return DropReason::none;
  } else if (const auto owner = snapshot.slices.owner(shown)) {
    return *owner == answer.node ? DropReason::none : DropReason::foreign_slice;
  }
  const ConnectionKey key = outbound_key(answer);
  const ConnectionTable::Slot slot = context.connections.slot_of(key);
  if (const Connection* own = find_own(answer, slot, context)) {
    shown = PortNumber(own->cluster_port);
    return DropReason::none;
  }
  return context.connections.find(key, slot) == nullptr ? DropReason::none : DropReason::not_owner;
}

/// An ICMP error: it goes out as an answer to what it quotes would, under the same port.
void claim_error(Packet& error, BurstContext& context) noexcept {
  error.rule = Rule::quote;
  const auto answer = answer_to_quote(error);
  // What is quoted is what the sender received, from the one it tells.
  if (!answer.has_value() || answer->source != error.source ||
      answer->destination != error.destination || answer->protocol == Protocol::icmp) {
    // The gateway's kernel also tells of echoes and of other protocols.
    const bool kernel =
        error.node.is_gateway() && (!answer.has_value() || answer->source == error.source);
    return kernel ? show_as(error, error.source_port) : error.drop(DropReason::icmp_quote);
  }
  PortNumber shown;
  const DropReason refused = find_shown_port(*answer, shown, context);
  if (refused != DropReason::none) return error.drop(refused);
  show_as(error, shown);
}

void classify_icmp(Packet& packet, Claims& claims, BurstContext& context) noexcept {
  if (is_icmp_error(packet)) return claim_error(packet, context);
  const std::uint8_t type = icmp_type_of(packet);
  if (type == net::icmp_type::echo_request) return claims.add(packet, context.connections);
  if (type == net::icmp_type::echo_reply || packet.node.is_gateway()) {
    packet.rule = Rule::unclaimed;
    return show_as(packet, packet.source_port);
  }
  packet.drop(DropReason::icmp_type);
}

/// Decides what the switch and port arithmetic decide alone; queues the rest.
void classify(Packet& packet, Claims& claims, BurstContext& context) noexcept {
  if (packet.protocol == Protocol::icmp) return classify_icmp(packet, claims, context);
  const Snapshot& snapshot = context.snapshot;
  const PortNumber port = snapshot.shown_ports.find(packet);
  if (const SwitchEntry* entry =
          snapshot.message_switch.find(packet.network, packet.protocol, port)) {
    packet.service = entry->service;
    packet.rule = Rule::message_switch;
    if (entry->function == nullptr && entry->node != packet.node) {
      return refuse(packet, DropReason::foreign_service, context);
    }
    if (entry->function == nullptr || packet.protocol == Protocol::udp) {
      return show_as(packet, port);
    }
  } else if (const auto owner = snapshot.slices.owner(port)) {
    packet.rule = Rule::slice;
    if (*owner != packet.node) return refuse(packet, DropReason::foreign_slice, context);
    return show_as(packet, port);
  }
  claims.add(packet, context.connections);
}

/// The same port at both ends of a connection from the cluster to itself: one key for two ends.
bool has_equal_ends(const Packet& packet, PortNumber port, const BurstContext& context) noexcept {
  return packet.protocol == Protocol::tcp && port == packet.destination_port &&
         context.snapshot.is_cluster_address(packet.destination);
}

/// A connection that is over gives way to a claim, and so does anything of a node that is gone.
bool gives_way(const Connection& other, const Packet& packet,
               const BurstContext& context) noexcept {
  return (packet.protocol == Protocol::tcp && is_over(other)) ||
         !context.is_present(NodeId(other.node));
}

/// Records the packet's connection under `port`, if no connection has that or its one gives way.
DropReason try_claim(const Claim& claim, PortNumber port, BurstContext& context) noexcept {
  const Packet& packet = *claim.packet;
  if (has_equal_ends(packet, port, context)) return DropReason::claim_refused;
  ConnectionKey key = claim.key();
  key.cluster_port = port;
  if (Connection* other = context.connections.find(key)) {
    if (!gives_way(*other, packet, context)) return DropReason::claim_refused;
    if (!context.simulated) context.connections.erase(*other);
  }
  if (context.simulated) return DropReason::none;
  const std::uint8_t flags = packet.protocol == Protocol::tcp ? connection_flag::opened_by_node
                                                              : connection_flag::answered;
  return record_connection(key, packet.node, packet.source_port, {kNoService, flags}, context)
      .refused;
}

/// True if new connections must not be shown under this port: inbound messages to it go elsewhere.
bool is_spoken_for(const Packet& packet, PortNumber port, const BurstContext& context) noexcept {
  return packet.protocol == Protocol::tcp &&
         (context.snapshot.slices.owner(port).has_value() ||
          context.snapshot.message_switch.find(packet.network, packet.protocol, port) != nullptr);
}

/// Finds another port among `count` from `first` on, downwards from the packet's own as
/// rresvport(3) does. @return none and `rewritten_port` set, or why there is no port.
DropReason renumber(const Claim& claim, std::uint32_t first, std::uint32_t count,
                    std::uint32_t tries, BurstContext& context) noexcept {
  Packet& packet = *claim.packet;
  const std::uint32_t start = packet.source_port.value() - first + count;
  for (std::uint32_t step = 1; step <= tries; ++step) {
    const PortNumber port(static_cast<std::uint16_t>(first + (start - step) % count));
    if (is_spoken_for(packet, port, context)) continue;
    const DropReason refused = try_claim(claim, port, context);
    if (refused == DropReason::none) show_as(packet, port);
    if (refused != DropReason::claim_refused) return refused;
  }
  return packet.protocol == Protocol::icmp ? DropReason::echo_exhausted
                                           : DropReason::claim_exhausted;
}

void open_tcp(const Claim& claim, BurstContext& context) noexcept {
  Packet& packet = *claim.packet;
  DropReason refused = try_claim(claim, packet.source_port, context);
  if (refused == DropReason::none) {
    context.counters.claims_granted.add();
    return show_as(packet, packet.source_port);
  }
  const std::uint16_t port = packet.source_port.value();
  if (refused == DropReason::claim_refused && port >= kFirstPrivileged && port <= kLastPrivileged) {
    constexpr std::uint32_t kCount = kLastPrivileged - kFirstPrivileged + 1;
    refused = renumber(claim, kFirstPrivileged, kCount, kCount - 1, context);
    if (refused == DropReason::none) return context.counters.claims_renumbered.add();
  }
  refuse(packet, refused, context);
}

void settle_tcp(const Claim& claim, BurstContext& context) noexcept {
  Packet& packet = *claim.packet;
  Connection* own = find_own(packet, claim.slot, context);
  const bool opening = is_new_connection(packet);
  if (own != nullptr) {
    packet.rule = Rule::connection;
    show_as(packet, PortNumber(own->cluster_port));
    if (context.simulated) return;
    if (opening && is_over(*own)) {
      if (!restart(context.connections, *own, true, context.now)) {
        return refuse(packet, DropReason::embryonic_full, context);
      }
      return report_renumbering(*own, context);
    }
    return note_segment(context.connections, *own, Side::node, packet.tcp_flags, context.now);
  }
  if (context.snapshot.recovering) {
    packet.rule = Rule::connection;
    return packet.drop(DropReason::recovering);
  }
  if (opening) return open_tcp(claim, context);
  if (context.connections.find(claim.key(), claim.slot) != nullptr) {
    packet.rule = Rule::connection;
    return packet.drop(DropReason::not_owner);
  }
  packet.rule = Rule::unclaimed;
  show_as(packet, packet.source_port);
  const DropReason refused = settle_without_entry(packet, context);
  if (refused != DropReason::none) packet.drop(refused);
}

void settle_udp(const Claim& claim, BurstContext& context) noexcept {
  Packet& packet = *claim.packet;
  show_as(packet, packet.source_port);
  if (Connection* own = find_own(packet, claim.slot, context)) {
    packet.rule = Rule::connection;
    if (!context.simulated) note_datagram(*own, Protocol::udp, context.now);
    return;
  }
  const DropReason refused = try_claim(claim, packet.source_port, context);
  if (refused == DropReason::none) return;
  packet.drop(refused == DropReason::claim_refused ? DropReason::not_owner : refused);
}

constexpr std::uint32_t kIdentifiers = 0x10000;
constexpr std::uint32_t kEchoTries = 256;

void settle_echo(const Claim& claim, BurstContext& context) noexcept {
  Packet& packet = *claim.packet;
  if (Connection* own = find_own(packet, claim.slot, context)) {
    packet.rule = Rule::connection;
    show_as(packet, PortNumber(own->cluster_port));
    if (!context.simulated) note_datagram(*own, Protocol::icmp, context.now);
    return;
  }
  DropReason refused = try_claim(claim, packet.source_port, context);
  if (refused == DropReason::none) return show_as(packet, packet.source_port);
  if (refused == DropReason::claim_refused) {
    refused = renumber(claim, 0, kIdentifiers, kEchoTries, context);
  }
  if (refused == DropReason::none) return context.counters.echoes_renumbered.add();
  packet.drop(refused);
}

}  // namespace

void claim(PacketList& packets, BurstContext& context) noexcept {
  Claims claims;
  for (Packet* packet : packets) {
    if (packet->verdict == Verdict::pending) classify(*packet, claims, context);
  }
  for (const Claim& claim : claims) {
    claim.packet->rule = Rule::claim;
    switch (claim.packet->protocol) {
      case Protocol::tcp:
        settle_tcp(claim, context);
        break;
      case Protocol::udp:
        settle_udp(claim, context);
        break;
      case Protocol::icmp:
        settle_echo(claim, context);
        break;
    }
  }
}

}  // namespace encluster::switching
