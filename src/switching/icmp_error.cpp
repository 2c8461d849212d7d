#include "switching/icmp_error.hpp"

#include "net/headers.hpp"
#include "net/icmp_quote.hpp"
#include "switching/connection_key.hpp"

namespace encluster::switching {

namespace {

/// A service on several nodes that keeps no connections (NFS): any may have sent what is quoted,
/// and it harms none to know (a path MTU belongs to the remote, not to the message).
void copy_to_candidates(Packet& error, const SwitchEntry& entry, BurstContext& context) noexcept {
  bool sent = false;
  for (const NodeId node : entry.candidates) {
    if (!context.is_present(node)) continue;
    Packet* copy = sent ? context.emitter.copy_of(error, context.now) : &error;
    if (copy == nullptr) {
      return context.counters.drops[static_cast<std::size_t>(DropReason::rate_limited)].add();
    }
    copy->lead_to(node, entry.port_on(node), Rule::message_switch);
    sent = true;
    if (context.simulated) return;
  }
  if (!sent) error.drop(DropReason::no_node);
}

/// The connection that the answer belongs to, if it is known.
void follow_connection(const ErrorLookups::Lookup& lookup, BurstContext& context) noexcept {
  Packet& error = *lookup.error;
  // Looked at again, rather than kept: it is in the cache, and errors are few.
  const auto answer = answer_to_quote(error);
  const Connection* connection = context.connections.find(inbound_key(*answer), lookup.slot);
  if (connection != nullptr && context.is_present(NodeId(connection->node))) {
    return error.lead_to(NodeId(connection->node), PortNumber(connection->other_port),
                         Rule::connection);
  }
  if (lookup.entry != nullptr) return error.drop(DropReason::no_connection);
  error.lead_to(kGateway, error.destination_port, Rule::local_stack);
}

/// The quote came from the cluster, and from the network to which its receiver's route leads.
bool is_from_the_cluster(const Packet& error, const Packet& answer,
                         const Snapshot& snapshot) noexcept {
  if (answer.destination != error.destination) return false;
  if (error.origin != Origin::network || snapshot.networks.size() == 1) return true;
  const Route* route = snapshot.routes.find(answer.source);
  return route != nullptr && route->network == error.network;
}

}  // namespace

std::optional<Packet> answer_to_quote(const Packet& error) noexcept {
  const auto quote = net::find_quote(error);
  if (!quote.has_value()) return std::nullopt;
  Packet answer;
  answer.origin = error.origin;
  answer.network = error.network;
  answer.node = error.node;
  answer.source = quote->destination;
  answer.source_port = quote->destination_port;
  answer.destination = quote->source;
  answer.destination_port = quote->source_port;
  answer.protocol = quote->protocol;
  answer.tcp_flags = tcp_flag::ack;
  return answer;
}

void ErrorLookups::add(Packet& error, const Packet& answer, const SwitchEntry* entry,
                       const ConnectionTable& table) noexcept {
  const ConnectionTable::Slot slot = table.slot_of(inbound_key(answer));
  table.prefetch(slot);
  lookups_[count_++] = {&error, entry, slot};
}

void ErrorLookups::settle(BurstContext& context) const noexcept {
  for (std::size_t i = 0; i < count_; ++i) follow_connection(lookups_[i], context);
}

void route_error(Packet& error, ErrorLookups& lookups, BurstContext& context) noexcept {
  const auto answer = answer_to_quote(error);
  if (!answer.has_value() || !is_from_the_cluster(error, *answer, context.snapshot)) {
    return error.drop(DropReason::icmp_quote);
  }
  const PortNumber port = answer->destination_port;
  const SwitchEntry* entry = nullptr;
  if (answer->protocol != Protocol::icmp) {
    entry = context.snapshot.message_switch.find(error.network, answer->protocol, port);
    const auto owner = context.snapshot.slices.owner(port);
    if (entry == nullptr && owner.has_value()) return error.lead_to(*owner, port, Rule::slice);
  }
  if (entry != nullptr) {
    error.service = entry->service;
    error.rule = Rule::message_switch;
    if (entry->function == nullptr) return error.lead_to(entry->node, port, Rule::message_switch);
    if (answer->protocol == Protocol::udp) return copy_to_candidates(error, *entry, context);
  }
  lookups.add(error, *answer, entry, context.connections);
}

}  // namespace encluster::switching
