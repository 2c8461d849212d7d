#include "switching/upkeep.hpp"

#include <algorithm>
#include <array>

#include "net/rewrite.hpp"
#include "switching/connection_key.hpp"
#include "switching/connection_life.hpp"
#include "switching/deliver.hpp"

namespace encluster::switching {

namespace {

constexpr std::uint32_t kBucketsPerRun = 64;
constexpr std::uint32_t kPasses = 4;  ///< seconds for a pass over the table
constexpr std::size_t kAnnouncementsPerRun = 4;
constexpr std::uint32_t kResetBucketsPerRun = 32;
constexpr std::size_t kResetsPerRun = kResetBucketsPerRun * 3;  ///< a bucket has three records
static_assert(kResetsPerRun <= Emitter::kCapacity);

/// A bare ACK far outside any window: a living end answers with its own ACK, a dead one with a RST
/// (RFC 9293, section 3.10.7.4). The answers move the record on, or end the connection.
net::BareSegment question(Ipv4Address from, std::uint16_t from_port, Ipv4Address to,
                          std::uint16_t to_port, Seconds now) noexcept {
  net::BareSegment segment;
  segment.source = from;
  segment.source_port = PortNumber(from_port);
  segment.destination = to;
  segment.destination_port = PortNumber(to_port);
  segment.sequence = now * 0x9e3779b1;
  segment.flags = tcp_flag::ack;
  return segment;
}

/// Asks the node, in the remote's name, whether it still has the connection. False if that has to
/// be tried again later; without a route to the remote there is nothing to ask.
bool ask_node(const Connection& connection, BurstContext& context) noexcept {
  const Ipv4Address remote(connection.remote);
  const Route* route = context.snapshot.routes.find(remote);
  const NetworkIndex* hairpin = context.snapshot.network_by_address.find(connection.remote);
  if (route == nullptr && hairpin == nullptr) return true;
  const NetworkIndex network = hairpin != nullptr ? *hairpin : route->network;
  const NodeId node(connection.node);
  const Ipv4Address address = node.is_gateway() ? context.snapshot.networks[network].address.address
                                                : context.snapshot.nodes[node.value()].address;
  Packet* packet = context.emitter.segment(
      question(remote, connection.remote_port, address, connection.other_port, context.now));
  if (packet == nullptr) return false;
  context.counters.probes_sent.add();
  packet->rule = Rule::upkeep;
  packet->origin = Origin::network;
  packet->network = network;
  packet->node = node;
  packet->rewritten_port = packet->destination_port;
  const MacAddress& own = context.snapshot.own_mac(network);
  net::rewrite_macs(*packet, own, own);
  deliver_to_node(*packet, context);
  return true;
}

/// Makes the remote of a connection that was forgotten speak, so that it learns of it: its answer
/// belongs to no connection and is answered by a RST with the right sequence number.
void warn_remote(const Connection& connection, BurstContext& context) noexcept {
  const Ipv4Address remote(connection.remote);
  const Route* route = context.snapshot.routes.find(remote);
  if (route == nullptr || context.snapshot.is_cluster_address(remote)) return;
  const Ipv4Address cluster = context.snapshot.networks[route->network].address.address;
  Packet* packet = context.emitter.segment(
      question(cluster, connection.cluster_port, remote, connection.remote_port, context.now));
  if (packet == nullptr) return;
  packet->rule = Rule::upkeep;
  packet->origin = Origin::interconnect;
  packet->network = route->network;
  packet->next_hop = route->gateway.value_or(remote);
  packet->rewritten_port = packet->source_port;
  deliver_to_remote(*packet, context);
}

/// An alias lives as long as the connection that it leads to.
bool leads_nowhere(const ConnectionKey& alias, const Connection& record,
                   ConnectionTable& table) noexcept {
  ConnectionKey shown = alias;
  shown.alias = false;
  shown.alias_node = NodeId();
  shown.cluster_port = PortNumber(record.other_port);
  const Connection* connection = table.find(shown);
  return connection == nullptr || connection->node != record.node ||
         connection->other_port != alias.cluster_port.value();
}

/// True if the record is to be erased.
bool expire_one(Connection& connection, BurstContext& context) noexcept {
  const ConnectionKey key = context.connections.key_of(connection);
  if (!is_due(connection, key.protocol, key.alias, context.snapshot.ask_idle_after, context.now)) {
    return false;
  }
  switch (
      switching::expire(context.connections, connection, key.protocol, key.alias, context.now)) {
    case Expiry::erase:
      context.counters.connections_expired.add();
      return true;
    case Expiry::ask_node:
      if (!context.is_present(NodeId(connection.node))) return true;
      if (!ask_node(connection, context)) {
        context.connections.set_flags(connection, connection.flags & ~connection_flag::probed);
      }
      return false;
    case Expiry::check_alias:
      connection.deadline = context.now + kAliasLife;
      return leads_nowhere(key, connection, context.connections);
  }
  return false;
}

}  // namespace

void Upkeep::run(BurstContext& context) noexcept {
  context.announcements.expire(kAnnouncementsPerRun, context.now);
  expire(context);
  if (reset_.has_value() && context.emitter.room() >= kResetsPerRun) reset_some(context);
}

void Upkeep::expire(BurstContext& context) noexcept {
  if (context.now != second_) {
    second_ = context.now;
    buckets_left_ = context.connections.bucket_count() / kPasses + 1;
  }
  const std::uint32_t buckets = std::min(buckets_left_, kBucketsPerRun);
  buckets_left_ -= buckets;
  // What is idle is asked before its deadline, which is a fixed time after its last segment.
  const Seconds early = kIdleLife - context.snapshot.ask_idle_after;
  context.connections.sweep(buckets, context.now + early, [&](Connection& connection) {
    // Later is early enough where nothing could be sent.
    if (context.emitter.room() == 0) return false;
    return expire_one(connection, context);
  });
}

bool Upkeep::reset_node(std::uint32_t command, NodeId node) noexcept {
  if (reset_.has_value()) return false;
  reset_ = Reset{command, node};
  return true;
}

void Upkeep::reset_some(BurstContext& context) noexcept {
  std::array<ConnectionKey, kResetsPerRun> keys;
  std::size_t count = 0;
  const auto collect = [&](const Connection& connection) {
    if (connection.node == reset_->node.value() && count < keys.size()) {
      keys[count++] = context.connections.key_of(connection);
    }
    return true;
  };
  reset_->cursor = context.connections.list(reset_->cursor, kResetBucketsPerRun, collect);
  for (const ConnectionKey& key : std::span(keys).first(count)) {
    Connection* connection = context.connections.find(key);
    if (connection == nullptr) continue;
    if (!key.alias && key.protocol == Protocol::tcp) warn_remote(*connection, context);
    if (!key.alias) ++reset_->count;
    context.connections.erase(*connection);
  }
  if (reset_->cursor != 0) return;
  context.events.send(CommandDone{reset_->command, true, reset_->count});
  reset_.reset();
}

}  // namespace encluster::switching
