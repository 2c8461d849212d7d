// The life of a connection as its segments tell it, and how long a silent record stays.
//
// No time-out ever cuts a login: a record without traffic is not dropped but its node is asked, by
// a segment that a living connection answers with an ACK and a dead one with a RST. The same
// question settles whether a RST from outside was genuine (RFC 5961): a blind one unroutes nobody.
#pragma once

#include "encluster/packet.hpp"
#include "encluster/types.hpp"
#include "switching/connection_table.hpp"

namespace encluster::switching {

inline constexpr Seconds kEmbryonicLife = 60;  ///< a SYN without the remote's answer
inline constexpr Seconds kLingerLife = 120;    ///< after both FINs: the remote's TIME_WAIT
inline constexpr Seconds kResetLife = 10;      ///< after a RST, before it is believed
inline constexpr Seconds kIdleLife = 7200;     ///< silence, before the node is asked at the latest
inline constexpr Seconds kDatagramLife = 180;  ///< learnt UDP ports (RFC 4787, REQ-5: over 120)
inline constexpr Seconds kEchoLife = 60;
inline constexpr Seconds kAliasLife = 60;  ///< between two looks at the alias's connection

/// How long a TCP record with these flags (connection_flag) stays without a segment.
[[nodiscard]] Seconds life_of(std::uint8_t flags) noexcept;

enum class Side : std::uint8_t { remote, node };

/// A deadline is moved only if it lags this far behind: most segments then write nothing.
inline constexpr Seconds kDeadlineSlack = 16;

namespace detail {
void note_any_segment(ConnectionTable& table, Connection& connection, Side from,
                      std::uint8_t tcp_flags, Seconds now) noexcept;
}

/// Notes a TCP segment of a known connection: flags, and a new deadline. Worker thread.
/// `tcp_flags` as in the header (encluster::tcp_flag).
inline void note_segment(ConnectionTable& table, Connection& connection, Side from,
                         std::uint8_t tcp_flags, Seconds now) noexcept {
  // Nearly all segments: they carry data or acknowledge, on an open connection, and change nothing.
  const bool ordinary = (tcp_flags & (tcp_flag::syn | tcp_flag::fin | tcp_flag::rst)) == 0;
  const bool open = (connection.flags | connection_flag::opened_by_node) ==
                    (connection_flag::answered | connection_flag::opened_by_node);
  const bool recent = now + kIdleLife - connection.deadline < kDeadlineSlack;
  if (ordinary && open && recent) return;
  detail::note_any_segment(table, connection, from, tcp_flags, now);
}

/// Notes a packet of a learnt UDP port or of an echo. Worker thread.
void note_datagram(Connection& connection, Protocol protocol, Seconds now) noexcept;

/// Starts the record over for a new SYN on a connection that is over. False, and no
/// change, if there is no room for another embryonic connection.
[[nodiscard]] bool restart(ConnectionTable& table, Connection& connection, bool opened_by_node,
                           Seconds now) noexcept;

/// Both FINs, the node's RST, or the RST that refuses a SYN were seen: a SYN with the same
/// addresses and ports is a new connection. A remote's RST on an open one proves nothing: it may be
/// blind.
[[nodiscard]] bool is_over(const Connection& connection) noexcept;

/// Is the record to be looked at by expire()? Its deadline has passed, or it is an open TCP
/// connection that was silent for `ask_idle_after`, give or take kDeadlineSlack.
[[nodiscard]] inline bool is_due(const Connection& connection, Protocol protocol, bool alias,
                                 Seconds ask_idle_after, Seconds now) noexcept {
  if (connection.deadline < now) return true;
  if (protocol != Protocol::tcp || alias) return false;
  return life_of(connection.flags) == kIdleLife &&
         connection.deadline < now + kIdleLife - ask_idle_after;
}

/// What to do with a record that is due.
enum class Expiry : std::uint8_t {
  erase,
  ask_node,  ///< send a probe; the deadline was moved on
  check_alias,
};
[[nodiscard]] Expiry expire(ConnectionTable& table, Connection& connection, Protocol protocol,
                            bool alias, Seconds now) noexcept;

}  // namespace encluster::switching
