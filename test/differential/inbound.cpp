// docs/datapath.md, "Inbound"; and what the cluster's parts are.
#include <algorithm>

#include "differential/model.hpp"

namespace encluster::model {

namespace {

using switching::ClusterState;
using switching::NetworkState;

Expected dropped(DropReason reason) { return {Verdict::drop, reason, 0, {}, true, false}; }
Expected local(const Message& message) {
  return {Verdict::local, DropReason::none, 0, message.frame, message.checksum_right, false};
}

bool host_address(Ipv4Address address) {
  const std::uint32_t first = address.value() >> 24;
  return first != 0 && first != 127 && first < 224;
}

bool broadcast_of(Ipv4Address address, const Ipv4Prefix& network) {
  return network.length < 31 && address == network.last();
}

bool group_address(Ipv4Address address, const Ipv4Prefix& network) {
  return address.value() >> 28 == 14 || address.value() == 0xffffffff ||
         broadcast_of(address, network);
}

std::vector<NodeId> nodes_of(const ClusterState& state) {
  std::vector<NodeId> nodes;
  for (const auto& node : state.nodes) nodes.push_back(node.id);
  return nodes;
}

}  // namespace

void Model::change(ClusterState state) {
  if (nodes_of(state) != nodes_of(state_)) turns_.clear();
  state_ = std::move(state);
}

const switching::NodeState* Model::node(NodeId id) const {
  const auto found = std::ranges::find(state_.nodes, id, &switching::NodeState::id);
  return found == state_.nodes.end() ? nullptr : &*found;
}

const switching::NodeState* Model::node_at(Ipv4Address address) const {
  const auto found = std::ranges::find(state_.nodes, address, &switching::NodeState::address);
  return found == state_.nodes.end() ? nullptr : &*found;
}

std::optional<NetworkIndex> Model::network_of_cluster_address(Ipv4Address address) const {
  for (std::size_t i = 0; i < state_.networks.size(); ++i) {
    if (state_.networks[i].address.address == address) return static_cast<NetworkIndex>(i);
  }
  return std::nullopt;
}

bool Model::inside(Ipv4Address address) const {
  return state_.interconnect.address.contains(address);
}

const ServiceConfig* Model::service(NetworkIndex network, std::uint8_t protocol,
                                    std::uint16_t port) const {
  for (const ServiceConfig& config : state_.services) {
    if (static_cast<std::uint8_t>(config.protocol) == protocol && config.port.value() == port &&
        config.network.value_or(network) == network) {
      return &config;
    }
  }
  return nullptr;
}

std::optional<NodeId> Model::slice_owner(std::uint16_t port) const {
  if (port < state_.ports.first.value()) return std::nullopt;
  const NodeId id(
      static_cast<std::uint16_t>((port - state_.ports.first.value()) / state_.ports.slice_size));
  return present(id) ? std::optional(id) : std::nullopt;
}

const switching::Route* Model::route_to(Ipv4Address remote) const {
  const switching::Route* best = nullptr;
  for (const switching::Route& route : state_.routes) {
    if (!route.prefix.contains(remote)) continue;
    if (best == nullptr || route.prefix.length > best->prefix.length) best = &route;
  }
  return best;
}

std::optional<MacAddress> Model::mac_of(Egress egress, Ipv4Address next_hop) const {
  for (const auto& neighbour : state_.neighbours) {
    if (neighbour.egress == egress && neighbour.address == next_hop) return neighbour.mac;
  }
  return std::nullopt;
}

/// Outside, ARP may only concern the cluster address, or a neighbour that announces itself.
Expected Model::admit_arp_from_network(const Message& message, NetworkIndex network) const {
  const NetworkState& here = state_.networks[network];
  const bool itself =
      message.source == message.destination && here.address.contains(message.source);
  if (inside(message.source) || (message.destination != here.address.address && !itself)) {
    return dropped(DropReason::arp_inside_address);
  }
  if (message.to_mac != here.mac && !message.group_mac()) return dropped(DropReason::not_our_mac);
  return local(message);
}

/// Nothing if the message is to be routed.
std::optional<Expected> Model::admit_from_network(const Message& message,
                                                  NetworkIndex network) const {
  const NetworkState& here = state_.networks[network];
  if (message.kind == Kind::bad) return dropped(message.reason);
  if (message.kind == Kind::arp) return admit_arp_from_network(message, network);
  const bool ours = message.destination == here.address.address;
  const bool group = !ours && group_address(message.destination, here.address);
  if (message.to_mac != here.mac && !(message.group_mac() && group)) {
    return dropped(DropReason::not_our_mac);
  }
  if (!host_address(message.source) || network_of_cluster_address(message.source) ||
      broadcast_of(message.source, here.address) || inside(message.source)) {
    return dropped(DropReason::spoofed_source);
  }
  if (state_.networks.size() > 1) {
    const switching::Route* back = route_to(message.source);
    if (back == nullptr) return dropped(DropReason::no_route);
    if (back->network != network) return dropped(DropReason::other_network);
  }
  if (!ours && !group) return dropped(DropReason::not_cluster_address);
  if (group || message.kind == Kind::other) return local(message);
  return std::nullopt;
}

Expected Model::from_network(const Bytes& frame, NetworkIndex network) {
  const Message message = read(frame);
  if (const auto decided = admit_from_network(message, network)) return *decided;
  Expected expected = route_and_deliver(message, network, false);
  if (expected.verdict == Verdict::answer) expected.egress = network;
  return expected;
}

/// The message switch first; then the slices; then the connection table; then the gateway.
Expected Model::route_and_deliver(Message message, NetworkIndex network, bool from_node) {
  const std::uint16_t port = message.destination_port;
  if (message.icmp() && message.type == 4) return dropped(DropReason::icmp_type);
  if (message.icmp() && message.type != 0) return deliver_to_node(message, kGateway, port);
  const ServiceConfig* entry = message.icmp() ? nullptr : service(network, message.protocol, port);
  if (entry != nullptr && entry->plugin.empty()) {
    return deliver_to_node(message, entry->node, port);
  }
  const Awaited* expected = message.opens() ? awaited(message.source, port) : nullptr;
  const auto owner = message.icmp() || entry != nullptr ? std::nullopt : slice_owner(port);
  if (owner) {
    const bool allowed = from_node || !message.opens() || state_.networks[network].dynamic_syn ||
                         expected != nullptr;
    return allowed ? deliver_to_node(message, *owner, port)
                   : dropped(DropReason::dynamic_syn_denied);
  }
  const Key key{message.protocol, message.source,
                message.icmp() ? std::uint16_t{0} : message.source_port, port};
  if (const auto found = connections_.find(key); found != connections_.end()) {
    Connection& connection = found->second;
    const bool again = message.opens() && connection.over();
    const bool afresh = again && (entry != nullptr || expected != nullptr);
    if (present(connection.node) && !afresh) {
      again ? restart(connection, false) : note(key, connection, message, false);
      return deliver_to_node(message, connection.node, connection.node_port);
    }
    connections_.erase(found);
  }
  if (entry != nullptr) return route_login(message, network, *entry, from_node);
  if (expected != nullptr && present(expected->first.node)) {
    Connection second;
    second.node = expected->first.node;
    second.node_port = expected->second.announced;
    fulfil(message.source, port);
    open(key, second);
    return deliver_to_node(message, second.node, second.node_port);
  }
  return deliver_to_node(message, kGateway, port);
}

/// Round robin among the nodes that take new sessions.
std::optional<NodeId> Model::schedule(const ServiceConfig& service, bool from_node) {
  std::vector<NodeId> candidates = service.nodes;
  if (candidates.empty()) candidates = nodes_of(state_);
  std::size_t& turn = turns_[service.name];
  for (std::size_t step = 0; step < candidates.size(); ++step) {
    const std::size_t position = (turn + step) % candidates.size();
    const NodeId id = candidates[position];
    const auto* candidate = node(id);
    const bool eligible =
        id == kGateway ? !from_node : candidate != nullptr && candidate->up && !candidate->draining;
    if (!eligible) continue;
    turn = (position + 1) % candidates.size();
    return id;
  }
  return std::nullopt;
}

Expected Model::route_login(Message message, NetworkIndex, const ServiceConfig& service,
                            bool from_node) {
  DropReason refused = DropReason::no_connection;
  if (message.opens() && !message.has(tcp_flag::rst)) {
    if (const auto chosen = schedule(service, from_node)) {
      Connection connection;
      connection.node = *chosen;
      connection.node_port = message.destination_port;
      connection.scheduled = true;
      open({6, message.source, message.source_port, message.destination_port}, connection);
      return deliver_to_node(message, *chosen, message.destination_port);
    }
    refused = DropReason::no_node;
  }
  const Bytes reset = reset_for(message);
  if (reset.empty()) return dropped(refused);
  return {Verdict::answer, refused, kInterconnect, reset, true, false};
}

Expected Model::deliver_to_node(Message message, NodeId to, std::uint16_t port) {
  if (to == kGateway) {
    if (port != message.destination_port) set_destination(message, message.destination, port);
    return local(message);
  }
  const Ipv4Address address = node(to)->address;
  set_destination(message, address, port);
  const bool identified = message.hairpin && message.may_be_fragmented;
  Expected sent = send(std::move(message), kInterconnect, address);
  sent.identified = identified;
  return sent;
}

}  // namespace encluster::model
