#include "switching/connection_life.hpp"

namespace encluster::switching {

namespace {

using namespace connection_flag;

constexpr std::uint8_t kBothFins = fin_remote | fin_node;
constexpr std::uint8_t kTransitory = reset | reset_by_node | probed;

std::uint8_t after_reset(std::uint8_t flags, Side from) noexcept {
  return static_cast<std::uint8_t>(flags | reset | (from == Side::node ? reset_by_node : 0));
}

/// The flags after a segment that is no RST. Data disproves an earlier RST.
///
/// A node answers every SYN, forged ones too, so its SYN-ACK proves nothing: that a remote opened a
/// connection is believed only when the handshake is over.
std::uint8_t after_segment(std::uint8_t flags, Side from, std::uint8_t tcp_flags) noexcept {
  const bool handshake = (tcp_flags & tcp_flag::syn) != 0;
  const bool remote_answers = (flags & opened_by_node) != 0 && from == Side::remote;
  if (!handshake || remote_answers) flags |= answered;
  if (!handshake) flags &= static_cast<std::uint8_t>(~kTransitory);
  if ((tcp_flags & tcp_flag::fin) != 0) flags |= from == Side::node ? fin_node : fin_remote;
  return flags;
}

}  // namespace

Seconds life_of(std::uint8_t flags) noexcept {
  if ((flags & (reset | reset_by_node)) != 0) return kResetLife;
  if ((flags & answered) == 0) return kEmbryonicLife;
  return (flags & kBothFins) == kBothFins ? kLingerLife : kIdleLife;
}

void detail::note_any_segment(ConnectionTable& table, Connection& connection, Side from,
                              std::uint8_t tcp_flags, Seconds now) noexcept {
  const std::uint8_t before = connection.flags;
  const std::uint8_t flags = (tcp_flags & tcp_flag::rst) != 0
                                 ? after_reset(before, from)
                                 : after_segment(before, from, tcp_flags);
  if (flags != before) {
    table.set_flags(connection, flags);
    connection.deadline = now + life_of(flags);
    return;
  }
  // An unanswered SYN that is repeated does not live longer for it.
  if (connection.embryonic() || (flags & (reset | reset_by_node)) != 0) return;
  const Seconds deadline = now + life_of(flags);
  if (deadline - connection.deadline >= kDeadlineSlack) connection.deadline = deadline;
}

void note_datagram(Connection& connection, Protocol protocol, Seconds now) noexcept {
  const Seconds deadline = now + (protocol == Protocol::icmp ? kEchoLife : kDatagramLife);
  if (deadline - connection.deadline >= kDeadlineSlack) connection.deadline = deadline;
}

bool is_over(const Connection& connection) noexcept {
  const bool refused = connection.embryonic() && connection.has(reset);
  return refused || connection.has(kBothFins) || connection.has(reset_by_node);
}

bool restart(ConnectionTable& table, Connection& connection, bool by_node, Seconds now) noexcept {
  if (!connection.embryonic() && !table.has_embryonic_room()) return false;
  table.set_flags(connection, by_node ? opened_by_node : std::uint8_t{0});
  connection.deadline = now + kEmbryonicLife;
  return true;
}

Expiry expire(ConnectionTable& table, Connection& connection, Protocol protocol, bool alias,
              Seconds now) noexcept {
  if (alias) return Expiry::check_alias;
  if (protocol != Protocol::tcp || connection.embryonic()) return Expiry::erase;
  if (connection.has(kBothFins) || connection.has(reset_by_node)) return Expiry::erase;
  if (connection.has(reset)) {
    if (connection.has(probed)) return Expiry::erase;
    table.set_flags(connection, connection.flags | probed);
    connection.deadline = now + kResetLife;
    return Expiry::ask_node;
  }
  connection.deadline = now + kIdleLife;
  return Expiry::ask_node;
}

}  // namespace encluster::switching
