// How long the gateway waits for agents, and how much it lets them ask for.
#pragma once

#include <chrono>
#include <cstddef>

namespace encluster::control {

struct AgentLimits {
  std::chrono::milliseconds join_timeout{5'000};  ///< for TLS and Join together
  std::chrono::milliseconds silence{5'000};       ///< after which a joined agent is gone
  std::chrono::milliseconds refusal_delay{250};   ///< before the answer to wrong credentials
  std::chrono::milliseconds farewell{1'000};      ///< for a refused agent to read the reason
  std::chrono::milliseconds accept_pause{100};    ///< after a connection could not be accepted
  std::chrono::milliseconds tick{1'000};          ///< how often ended quarantines are looked for
  /// From one change of the cluster to the next, at least: what is asked for meanwhile is one.
  /// Where a change takes longer than a tenth of this, ten times what it took.
  std::chrono::milliseconds pace{5};
  /// How often agents that have not joined are called; after a while (calling), less often.
  std::chrono::milliseconds call{100};
  std::chrono::milliseconds calling{20'000};
  std::chrono::milliseconds later_call{5'000};
  double connection_rate = 10;          ///< connections a second of an address
  double connection_burst = 64;         ///< and at once
  std::size_t unjoined_of_address = 4;  ///< connections that have not joined, or are
  std::size_t unjoined = 64;            ///< being refused: of an address; of all
  double message_rate = 2'000;          ///< messages a second of a connection, of up to
  double message_burst = 24'576;        ///< kMessageUnit bytes; and at once: kMaxReported sockets
  std::size_t outgoing = 1 << 20;       ///< bytes that an agent may leave unread
};

/// Longer messages count as several.
inline constexpr std::size_t kMessageUnit = 1024;

}  // namespace encluster::control
