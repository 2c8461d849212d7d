#include "switching/call_functions.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <type_traits>

#include "switching/connection_key.hpp"
#include "switching/record_connection.hpp"
#include "switching/without_entry.hpp"

namespace encluster::switching {

namespace {

/// Whether a remote's connection has to do without an entry. A simulation erased nothing: what it
/// finds under the key is over, and would have given way.
bool lacks_room(const ConnectionKey& key, BurstContext& context) noexcept {
  ConnectionTable& table = context.connections;
  if (!context.simulated) return !table.has_room_for_strangers() && table.find(key) == nullptr;
  const Connection* over = table.find(key);
  const bool frees_room = over != nullptr && over->embryonic();
  return !table.has_room_for_strangers(frees_room ? 1 : 0);
}

using SessionCounts = std::array<std::uint32_t, std::size_t{kMaxNodeId} + 1>;

/// The nodes' sessions as a simulated packet would have met them: without that which is over.
void count_sessions(const Packet& packet, SessionCounts& counts, BurstContext& context) noexcept {
  std::ranges::copy(context.connections.by_node(), counts.begin());
  const Connection* over = context.connections.find(inbound_key(packet));
  if (over != nullptr && over->service != kNoService) --counts[over->node];
}

/// Records the connection that a routing function chose a node for. If an earlier message of the
/// same burst did so already, its choice holds. Without room for it, a hash chooses; a simulation
/// tells that, too.
void remember(const RouteRequest& request, const SwitchEntry& entry,
              BurstContext& context) noexcept {
  Packet& packet = *request.packet;
  const ConnectionKey key = inbound_key(packet);
  if (!request.from_node && lacks_room(key, context)) {
    if (!route_by_hash(packet, entry, context)) packet.drop(DropReason::embryonic_full);
    return;
  }
  if (context.simulated) return;
  const Recorded recorded =
      record_connection(key, packet.node, packet.rewritten_port, {entry.service, 0}, context);
  if (recorded.connection == nullptr) return packet.drop(recorded.refused);
  packet.node = NodeId(recorded.connection->node);
  packet.rewritten_port = PortNumber(recorded.connection->other_port);
}

/// Sends the packet itself to the first node and copies to the others. Nodes that are gone get
/// none, nor does the gateway where a node asks.
void copy_to_nodes(Packet& packet, const RouteRequest& request, BurstContext& context) noexcept {
  bool sent = false;
  for (const auto& [node, own_port] : request.copies) {
    const PortNumber port = own_port == PortNumber() ? request.node_port : own_port;
    if (!context.is_present(node) || (request.from_node && node.is_gateway())) continue;
    if (!sent) {
      packet.node = node;
      packet.rewritten_port = port;
      sent = true;
    } else if (context.simulated) {
      return;
    } else if (Packet* copy = context.emitter.copy_of(packet, context.now)) {
      copy->node = node;
      copy->rewritten_port = port;
    } else {
      context.counters.drops[static_cast<std::size_t>(DropReason::rate_limited)].add();
    }
  }
  if (!sent) packet.drop(DropReason::no_node);
}

/// What the nodes get is a copy, and the packet itself becomes the answer. Nodes that are not told
/// are worth no success.
void divide(RouteRequest& request, const SwitchEntry& entry, BurstContext& context) noexcept {
  Packet& packet = *request.packet;
  Packet* for_nodes = nullptr;
  if (!context.simulated) {
    for_nodes = context.emitter.copy_of(packet, context.now);
    if (for_nodes == nullptr) return packet.drop(DropReason::rate_limited);
  }
  entry.function->divide(request, for_nodes);
  if (for_nodes != nullptr) copy_to_nodes(*for_nodes, request, context);
  if (request.verdict != Verdict::answer) return packet.drop(request.reason);
  packet.verdict = Verdict::answer;
}

void apply(RouteRequest& request, const SwitchEntry& entry, BurstContext& context) noexcept {
  Packet& packet = *request.packet;
  packet.rule = Rule::message_switch;
  packet.reason = request.reason;
  packet.node = request.verdict == Verdict::local ? kGateway : request.node;
  packet.rewritten_port = request.node_port;
  switch (request.verdict) {
    case Verdict::forward:
    case Verdict::local:
      if (!context.is_present(packet.node)) return packet.drop(DropReason::no_node);
      if (request.remember && packet.protocol == Protocol::tcp) {
        remember(request, entry, context);
      }
      return;
    case Verdict::copy:
      if (request.divides) return divide(request, entry, context);
      return copy_to_nodes(packet, request, context);
    case Verdict::answer:
      packet.verdict = Verdict::answer;
      if (packet.has(tcp_flag::rst)) context.counters.resets_sent.add();
      return;
    case Verdict::hold:
      packet.verdict = Verdict::hold;
      return;
    case Verdict::drop:
    case Verdict::pending:
      return packet.drop(request.reason == DropReason::none ? DropReason::routing_function
                                                            : request.reason);
  }
}

/// Room for the requests of a burst, of which only those are written that there are.
class Requests {
 public:
  RouteRequest& add() noexcept {
    void* const room = &room_[sizeof(RouteRequest) * count_++];
    return *std::construct_at(static_cast<RouteRequest*>(room));
  }

 private:
  alignas(RouteRequest) std::array<std::byte, sizeof(RouteRequest) * kMaxBurst> room_;
  static_assert(std::is_trivially_destructible_v<RouteRequest>);
  std::size_t count_ = 0;
};

}  // namespace

void FunctionCalls::run(Sender sender, BurstContext& context) noexcept {
  for (std::size_t i = 0; i < count_; ++i) {
    if (calls_[i].entry != nullptr) run_service(*calls_[i].entry, i, sender, context);
  }
}

void FunctionCalls::run_service(const SwitchEntry& entry, std::size_t from, Sender sender,
                                BurstContext& context) noexcept {
  Requests requests;
  std::array<RouteRequest*, kMaxBurst> pointers;
  std::size_t count = 0;
  for (std::size_t i = from; i < count_; ++i) {
    if (calls_[i].entry != &entry) continue;
    Packet& packet = *calls_[i].packet;
    RouteRequest& request = requests.add();
    request.packet = &packet;
    request.from_node = sender == Sender::node;
    request.node_port = packet.destination_port;
    pointers[count++] = &request;
    calls_[i].entry = nullptr;
  }
  WorkerContext worker = worker_context(entry, context);
  SessionCounts counts;
  if (context.simulated) {
    count_sessions(*pointers[0]->packet, counts, context);
    worker.connections_by_node = counts;
  }
  entry.function->route(std::span(pointers).first(count), worker);
  for (RouteRequest* request : std::span(pointers).first(count)) apply(*request, entry, context);
}

}  // namespace encluster::switching
