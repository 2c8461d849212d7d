// What a keeper (`encluster-agent lease`) and the agent of its machine say to each other: one
// message a packet of an AF_UNIX SOCK_SEQPACKET socket, as a line of words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/boot_clock.hpp"
#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// Bytes; every message has less.
inline constexpr std::size_t kMaxLocalMessage = 256;

/// How long a lease may be used. Nobody may use it later, however long the gateway is not heard.
struct Validity {
  BootTime until;
  std::chrono::milliseconds fence{};  ///< how long it lasts from one renewal, all being well

  friend bool operator==(const Validity&, const Validity&) = default;
};

/// The keeper wants the port: `lease udp 700`.
struct Ask {
  agent_protocol::LeasedPort port;

  friend bool operator==(const Ask&, const Ask&) = default;
};

/// The keeper has the port already, from before the agent was started: `hold udp 700 UNTIL`.
struct Hold {
  agent_protocol::LeasedPort port;
  BootTime until;

  friend bool operator==(const Hold&, const Hold&) = default;
};

/// The keeper's command has ended: `release`.
struct Release {
  friend bool operator==(const Release&, const Release&) = default;
};

/// A keeper has one port, and begins with Ask or Hold.
using FromKeeper = std::variant<Ask, Hold, Release>;

/// `granted UNTIL FENCE`
struct Granted {
  Validity validity;

  friend bool operator==(const Granted&, const Granted&) = default;
};

/// `denied RESULT [OWNER]`; not `granted`.
struct Denied {
  agent_protocol::LeaseResult result = agent_protocol::LeaseResult::not_leasable;
  std::string owner;  ///< the node that has, or had, the port; or empty

  friend bool operator==(const Denied&, const Denied&) = default;
};

/// `valid UNTIL FENCE`
struct Valid {
  Validity validity;

  friend bool operator==(const Valid&, const Valid&) = default;
};

/// The port is no longer this node's: `lost`.
struct Lost {
  friend bool operator==(const Lost&, const Lost&) = default;
};

/// This user may not lease: `forbidden`.
struct Forbidden {
  friend bool operator==(const Forbidden&, const Forbidden&) = default;
};

using ToKeeper = std::variant<Granted, Denied, Valid, Lost, Forbidden>;

[[nodiscard]] std::string encode(const FromKeeper& message);
[[nodiscard]] std::string encode(const ToKeeper& message);

/// Nothing where it is no message. Any bytes may be given.
[[nodiscard]] std::optional<FromKeeper> decode_from_keeper(std::string_view text);
[[nodiscard]] std::optional<ToKeeper> decode_to_keeper(std::string_view text);

/// `udp` or `tcp`, and a port from 1 to 65535.
[[nodiscard]] std::optional<agent_protocol::LeasedPort> parse_leased_port(std::string_view protocol,
                                                                          std::string_view port);

}  // namespace encluster::agent
