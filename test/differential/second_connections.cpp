// docs/datapath.md, "announce": the ports on which rsh and rexec await a second connection.
#include "differential/model.hpp"

namespace encluster::model {

namespace {

/// The decimal number of a port before the payload's first NUL.
std::optional<std::uint16_t> announced_port(const Message& message) {
  std::string digits;
  for (std::size_t at = message.payload; at < message.end && digits.size() <= 5; ++at) {
    const char character = static_cast<char>(message.frame[at]);
    if (character == '\0') {
      if (digits.empty() || digits[0] == '0' || std::stoul(digits) > 65535) return std::nullopt;
      return static_cast<std::uint16_t>(std::stoul(digits));
    }
    if (character < '0' || character > '9') return std::nullopt;
    digits += character;
  }
  return std::nullopt;
}

bool privileged(std::uint16_t port) { return port >= 512 && port <= 1023; }

}  // namespace

const Model::Awaited* Model::awaited(Ipv4Address remote, std::uint16_t port) const {
  for (const auto& entry : announcements_) {
    if (entry.second.awaited && entry.first.remote == remote && entry.second.shown == port) {
      return &entry;
    }
  }
  return nullptr;
}

void Model::fulfil(Ipv4Address remote, std::uint16_t port) {
  for (auto& [session, announcement] : announcements_) {
    if (session.remote == remote && announcement.shown == port) announcement.awaited = false;
  }
}

bool Model::routed_otherwise(std::uint16_t port, NodeId sender, NetworkIndex network) const {
  const auto owner = slice_owner(port);
  return (owner && *owner != sender) || service(network, 6, port) != nullptr;
}

std::optional<std::uint16_t> Model::settle(const Message& message, NodeId sender,
                                           NetworkIndex network, std::uint16_t announced) const {
  const Awaited* other = awaited(message.destination, announced);
  const bool own =
      other != nullptr && other->first.node == sender && other->second.announced == announced;
  if (!routed_otherwise(announced, sender, network) && (other == nullptr || own)) {
    return announced;
  }
  if (!privileged(announced)) return std::nullopt;
  for (std::uint16_t port = 1023; port >= 512; --port) {
    const bool fits = std::to_string(port).size() == std::to_string(announced).size();
    if (fits && !routed_otherwise(port, sender, network) &&
        awaited(message.destination, port) == nullptr) {
      return port;
    }
  }
  return std::nullopt;
}

bool Model::announce(Message& message, NodeId sender, NetworkIndex network, std::uint16_t shown) {
  if (!message.tcp() || (message.destination_port != 514 && message.destination_port != 512)) {
    return true;
  }
  const Session session{message.destination, message.destination_port, shown, sender};
  const auto known = announcements_.find(session);
  if (message.opens()) {
    if (known != announcements_.end() && known->second.initial_sequence == message.sequence) {
      return true;
    }
    Announcement fresh;
    fresh.initial_sequence = message.sequence;
    fresh.deadline = now_ + 60;
    announcements_[session] = fresh;
    return true;
  }
  const bool first = known != announcements_.end() && message.end > message.payload &&
                     message.sequence == known->second.initial_sequence + 1;
  if (!first) return true;
  const auto announced = announced_port(message);
  if (known->second.settled) {
    // Sent again.
    if (announced == known->second.announced) set_digits(message, known->second.shown);
    return true;
  }
  if (!announced) {
    announcements_.erase(known);
    return true;
  }
  const auto port = settle(message, sender, network, *announced);
  if (!port) return false;
  if (*port != *announced) set_digits(message, *port);
  fulfil(message.destination, *port);
  known->second.settled = known->second.awaited = true;
  known->second.announced = *announced;
  known->second.shown = *port;
  known->second.deadline = now_ + 60;
  return true;
}

}  // namespace encluster::model
