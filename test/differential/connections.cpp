// docs/datapath.md, "The life of a connection".
#include "differential/model.hpp"

namespace encluster::model {

namespace {

Seconds life_of(const Key& key, const Connection& connection) {
  if (key.protocol == 17) return 180;
  if (key.protocol == 1) return 60;
  if (connection.reset || connection.reset_by_node) return 10;
  if (!connection.answered) return 60;
  return connection.fin_remote && connection.fin_node ? 120 : 7200;
}

auto flags_of(const Connection& c) {
  return std::tuple(c.answered, c.fin_remote, c.fin_node, c.reset, c.reset_by_node, c.probed);
}

void note_segment(Connection& connection, const Message& message, bool by_node) {
  if (message.has(tcp_flag::rst)) {
    connection.reset = true;
    if (by_node) connection.reset_by_node = true;
    return;
  }
  const bool handshake = message.has(tcp_flag::syn);
  // A node answers forged SYNs too, so only a remote's answer to a node's SYN proves anything.
  if (!handshake || (connection.opened_by_node && !by_node)) connection.answered = true;
  if (!handshake) connection.reset = connection.reset_by_node = connection.probed = false;
  if (message.has(tcp_flag::fin)) (by_node ? connection.fin_node : connection.fin_remote) = true;
}

}  // namespace

void Model::note(const Key& key, Connection& connection, const Message& message,
                 bool by_node) const {
  if (!message.tcp()) {
    connection.deadline = now_ + life_of(key, connection);
    return;
  }
  const auto before = flags_of(connection);
  note_segment(connection, message, by_node);
  const bool silent = !connection.answered || connection.reset || connection.reset_by_node;
  // What only repeats a SYN or a RST makes nothing live longer.
  if (silent && flags_of(connection) == before) return;
  connection.deadline = now_ + life_of(key, connection);
}

void Model::open(const Key& key, Connection connection) {
  for (auto& [other, shadowed] : connections_) {
    const bool same_end = other.protocol == key.protocol && other.remote == key.remote &&
                          other.remote_port == key.remote_port &&
                          shadowed.node == connection.node &&
                          shadowed.node_port == connection.node_port;
    if (same_end) shadowed.shadowed = true;
  }
  connection.deadline = now_ + life_of(key, connection);
  connections_[key] = connection;
}

void Model::restart(Connection& connection, bool by_node) const {
  Connection fresh;
  fresh.node = connection.node;
  fresh.node_port = connection.node_port;
  fresh.scheduled = connection.scheduled;
  fresh.shadowed = connection.shadowed;
  fresh.opened_by_node = by_node;
  fresh.deadline = now_ + 60;
  connection = fresh;
}

std::optional<Bytes> Model::ask(const Key& key, const Connection& connection) const {
  const auto hairpin = network_of_cluster_address(key.remote);
  const switching::Route* route = route_to(key.remote);
  if (!hairpin && route == nullptr) return std::nullopt;
  const auto& network = state_.networks[hairpin ? *hairpin : route->network];
  // The sequence number depends on the second in which the question is sent; 0 is compared.
  if (connection.node == kGateway) {
    return question(network.mac, network.mac, key.remote, key.remote_port, network.address.address,
                    connection.node_port, 0);
  }
  const Ipv4Address address = node(connection.node)->address;
  const auto mac = mac_of(kInterconnect, address);
  return question(state_.interconnect.mac, mac.value_or(MacAddress{}), key.remote, key.remote_port,
                  address, connection.node_port, 0);
}

std::vector<Bytes> Model::pass(Seconds seconds) {
  now_ += seconds;
  held_.clear();
  const Seconds due = now_ - 4;
  std::erase_if(announcements_, [&](const auto& entry) { return entry.second.deadline <= due; });
  std::vector<Bytes> questions;
  for (auto entry = connections_.begin(); entry != connections_.end();) {
    auto& [key, connection] = *entry;
    if (connection.deadline > due) {
      ++entry;
      continue;
    }
    const bool finished = key.protocol != 6 || !connection.answered ||
                          (connection.fin_remote && connection.fin_node) ||
                          connection.reset_by_node || (connection.reset && connection.probed);
    if (finished || !present(connection.node)) {
      entry = connections_.erase(entry);
      continue;
    }
    if (connection.reset) connection.probed = true;
    connection.deadline = now_ + (connection.reset ? 10 : 7200);
    if (const auto sent = ask(key, connection)) questions.push_back(*sent);
    ++entry;
  }
  return questions;
}

}  // namespace encluster::model
