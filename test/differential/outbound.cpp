// docs/datapath.md, "Outbound" and "Hairpin".
#include "differential/model.hpp"

namespace encluster::model {

namespace {

Expected dropped(DropReason reason) { return {Verdict::drop, reason, 0, {}, true, false}; }

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

bool privileged(std::uint16_t port) { return port >= 512 && port <= 1023; }

Key key_of(const Message& message, std::uint16_t cluster_port) {
  return {message.protocol, message.destination,
          message.icmp() ? std::uint16_t{0} : message.destination_port, cluster_port};
}

}  // namespace

Expected Model::from_node(const Bytes& frame) {
  const Message message = read(frame);
  const auto& interconnect = state_.interconnect;
  const Expected to_kernel{Verdict::local, DropReason::none,       0,
                           message.frame,  message.checksum_right, false};
  if (message.kind == Kind::bad) return dropped(message.reason);
  const bool ours = message.to_mac == interconnect.mac;
  if (message.kind == Kind::arp) {
    return ours || message.group_mac() ? to_kernel : dropped(DropReason::not_our_mac);
  }
  const bool for_gateway = message.destination == interconnect.address.address ||
                           group_address(message.destination, interconnect.address);
  if (!ours && !(message.group_mac() && for_gateway)) return dropped(DropReason::not_our_mac);
  if (for_gateway && inside(message.source) && message.source != interconnect.address.address) {
    return to_kernel;
  }
  const auto* sender = node_at(message.source);
  if (sender == nullptr) {
    return dropped(inside(message.source) ? DropReason::unknown_source
                                          : DropReason::spoofed_source);
  }
  if (message.kind == Kind::other) return dropped(DropReason::protocol);
  if (const auto network = network_of_cluster_address(message.destination)) {
    return hairpin(message, sender->id, *network);
  }
  if (!host_address(message.destination) || inside(message.destination)) {
    return dropped(DropReason::transit);
  }
  const switching::Route* route = route_to(message.destination);
  if (route == nullptr ||
      broadcast_of(message.destination, state_.networks[route->network].address)) {
    return dropped(DropReason::no_route);
  }
  return leave(message, sender->id, route->network, false,
               route->gateway.value_or(message.destination));
}

Expected Model::from_kernel(const Bytes& frame, NetworkIndex network) {
  const Message message = read(frame);
  const auto& here = state_.networks[network];
  const Expected as_it_is{Verdict::forward, DropReason::none,       network,
                          message.frame,    message.checksum_right, false};
  if (message.kind == Kind::bad) return dropped(message.reason);
  const bool own = message.source == here.address.address;
  if (message.kind == Kind::arp) {
    const bool fine = (own || message.source == Ipv4Address()) && !inside(message.destination);
    return fine ? as_it_is : dropped(DropReason::inside_address);
  }
  if (!own || inside(message.destination)) return dropped(DropReason::inside_address);
  if (message.kind != Kind::message || group_address(message.destination, here.address)) {
    Message concealed = message;
    conceal_options(concealed);
    return {Verdict::forward, DropReason::none,       network,
            concealed.frame,  message.checksum_right, false};
  }
  return leave(message, kGateway, network, true, Ipv4Address());
}

/// Claim, announce, deliver.
Expected Model::leave(Message message, NodeId sender, NetworkIndex network, bool by_kernel,
                      Ipv4Address next_hop) {
  const Claimed claimed = claim(message, sender, network);
  if (claimed.refused != DropReason::none) {
    return claimed.told ? refuse(message, claimed.refused, by_kernel) : dropped(claimed.refused);
  }
  if (!announce(message, sender, network, claimed.port)) {
    return refuse(message, DropReason::announcement_exhausted, by_kernel);
  }
  const Ipv4Address cluster = state_.networks[network].address.address;
  if (!by_kernel || claimed.port != message.source_port) {
    set_source(message, cluster, claimed.port);
  }
  conceal_options(message);
  const bool identified = message.may_be_fragmented;
  Expected sent{Verdict::forward, DropReason::none,       network,
                message.frame,    message.checksum_right, false};
  if (!by_kernel) sent = send(std::move(message), network, next_hop);
  sent.identified = identified;
  return sent;
}

/// To a next hop, or it waits for that: eight packets each.
Expected Model::send(Message message, Egress egress, Ipv4Address next_hop) {
  const auto mac = mac_of(egress, next_hop);
  if (!mac) {
    int& waiting = held_[{egress, next_hop}];
    if (waiting == 8) return dropped(DropReason::hold_full);
    ++waiting;
    return {Verdict::hold, DropReason::none, egress, {}, message.checksum_right, false};
  }
  const MacAddress own =
      egress == kInterconnect ? state_.interconnect.mac : state_.networks[egress].mac;
  set_macs(message, own, *mac);
  return {Verdict::forward, DropReason::none, egress, message.frame, message.checksum_right, false};
}

/// A RST or an ICMP port unreachable. The kernel believes no error that comes from itself, so to it
/// the remote speaks.
Expected Model::refuse(const Message& message, DropReason reason, bool by_kernel) const {
  const Ipv4Address speaker = by_kernel ? message.destination : state_.interconnect.address.address;
  Bytes answer;
  if (message.tcp()) answer = reset_for(message);
  if (message.udp()) answer = port_unreachable_for(message, speaker);
  if (answer.empty()) return dropped(reason);
  return {by_kernel ? Verdict::local : Verdict::answer, reason, kInterconnect, answer, true, false};
}

/// A node is its own remote under the cluster's address.
Expected Model::hairpin(Message message, NodeId sender, NetworkIndex network) {
  if (for_local_stack(message, sender, network)) {
    return {Verdict::local, DropReason::none, 0, message.frame, message.checksum_right, false};
  }
  const Claimed claimed = claim(message, sender, network);
  if (claimed.refused != DropReason::none) {
    return claimed.told ? refuse(message, claimed.refused, false) : dropped(claimed.refused);
  }
  if (!announce(message, sender, network, claimed.port)) {
    return refuse(message, DropReason::announcement_exhausted, false);
  }
  const Ipv4Address address = message.source;
  const std::uint16_t port = message.source_port;
  set_source(message, message.destination, claimed.port);
  message.hairpin = true;
  Expected expected = route_and_deliver(message, network, true);
  if (expected.verdict == Verdict::answer) {
    Message answer = read(expected.frame);
    set_destination(answer, address, port);
    expected.frame = answer.frame;
  }
  // The kernel never answers what comes from its own address.
  if (expected.verdict == Verdict::local) return dropped(DropReason::no_connection);
  return expected;
}

bool Model::for_local_stack(const Message& message, NodeId sender, NetworkIndex network) {
  if (message.icmp()) return true;
  const std::uint16_t port = message.destination_port;
  if (const auto* entry = service(network, message.protocol, port)) {
    return entry->plugin.empty() && entry->node == kGateway;
  }
  if (const auto owner = slice_owner(port)) return *owner == kGateway;
  if (message.opens() && awaited(message.destination, port) != nullptr) return false;
  const Found* mine = own(message, sender);
  const std::uint16_t shown = mine == nullptr ? message.source_port : mine->first.cluster_port;
  return !connections_.contains({message.protocol, message.destination, shown, port});
}

Model::Claimed Model::claim(const Message& message, NodeId sender, NetworkIndex network) {
  const std::uint16_t port = message.source_port;
  if (message.icmp()) {
    if (message.type == 8) return claim_echo(message, sender);
    if (message.type == 0 || sender == kGateway) return {port};
    return {0, DropReason::icmp_type};
  }
  if (const auto* entry = service(network, message.protocol, port)) {
    if (entry->plugin.empty()) {
      if (entry->node == sender) return {port};
      return {0, DropReason::foreign_service, true};
    }
  } else if (const auto owner = slice_owner(port)) {
    if (*owner == sender) return {port};
    return {0, DropReason::foreign_slice, true};
  }
  return message.tcp() ? claim_tcp(message, sender, network) : claim_udp(message, sender);
}

/// The sender's own connection: that of its own port first, then one that is shown by another.
Model::Found* Model::own(const Message& message, NodeId sender) {
  const auto is_own = [&](const Connection& connection) {
    return connection.node == sender && connection.node_port == message.source_port;
  };
  const auto direct = connections_.find(key_of(message, message.source_port));
  if (direct != connections_.end() && is_own(direct->second)) return &*direct;
  const Key any = key_of(message, 0);
  for (auto entry = connections_.lower_bound(any); entry != connections_.end(); ++entry) {
    const auto& [key, connection] = *entry;
    const bool same_remote = key.protocol == any.protocol && key.remote == any.remote &&
                             key.remote_port == any.remote_port;
    if (!same_remote) break;
    if (is_own(connection) && !connection.shadowed) return &*entry;
  }
  return nullptr;
}

/// True if the port is the sender's now: nobody had it, or its connection is over, or its node is
/// gone.
bool Model::try_claim(const Message& message, NodeId sender, std::uint16_t port) {
  // One key would be two ends.
  if (message.tcp() && port == message.destination_port &&
      network_of_cluster_address(message.destination)) {
    return false;
  }
  const Key key = key_of(message, port);
  const auto other = connections_.find(key);
  if (other != connections_.end() && present(other->second.node) &&
      !(message.tcp() && other->second.over())) {
    return false;
  }
  Connection connection;
  connection.node = sender;
  connection.node_port = message.source_port;
  connection.opened_by_node = message.tcp();
  connection.answered = !message.tcp();
  open(key, connection);
  return true;
}

Model::Claimed Model::claim_tcp(const Message& message, NodeId sender, NetworkIndex network) {
  const std::uint16_t port = message.source_port;
  if (Found* mine = own(message, sender)) {
    auto& [key, connection] = *mine;
    const bool again = message.opens() && connection.over();
    again ? restart(connection, true) : note(key, connection, message, true);
    return {key.cluster_port};
  }
  if (!message.opens()) {
    if (connections_.contains(key_of(message, port))) return {0, DropReason::not_owner};
    return {port};
  }
  if (try_claim(message, sender, port)) return {port};
  if (!privileged(port)) return {0, DropReason::claim_refused, true};
  std::uint16_t other = port;
  do {
    other = other == 512 ? std::uint16_t{1023} : static_cast<std::uint16_t>(other - 1);
    const bool taken = other == port || slice_owner(other) || service(network, 6, other);
    if (!taken && try_claim(message, sender, other)) return {other};
  } while (other != port);
  return {0, DropReason::claim_exhausted, true};
}

Model::Claimed Model::claim_udp(const Message& message, NodeId sender) {
  if (Found* mine = own(message, sender)) {
    note(mine->first, mine->second, message, true);
    return {message.source_port};
  }
  if (try_claim(message, sender, message.source_port)) return {message.source_port};
  return {0, DropReason::not_owner};
}

Model::Claimed Model::claim_echo(const Message& message, NodeId sender) {
  if (Found* mine = own(message, sender)) {
    note(mine->first, mine->second, message, true);
    return {mine->first.cluster_port};
  }
  std::uint16_t identifier = message.source_port;
  for (int tries = 0; tries <= 256; ++tries, --identifier) {
    if (try_claim(message, sender, identifier)) return {identifier};
  }
  return {0, DropReason::echo_exhausted};
}

}  // namespace encluster::model
