// SYNs from forged clients, more than the table of a small gateway remembers.
#pragma once

#include <cstdint>
#include <map>

#include "support/gateway.hpp"
#include "support/login_session.hpp"

namespace encluster::test {

inline constexpr std::uint32_t kEmbryonic = 1024;
/// What is left for remotes' SYNs to services.
inline constexpr std::uint32_t kStrangers = kEmbryonic - kEmbryonic / 4;

inline std::uint16_t forged_port(std::uint32_t number) {
  return static_cast<std::uint16_t>(40000 + number / kManyRemotes);
}

/// The `number`th of a flood: each from another client, and all for one worker.
inline PacketBuilder forged(std::uint32_t number) {
  return tcp()
      .from(remote_beside(number % kManyRemotes), forged_port(number))
      .to(kCluster, 513)
      .syn()
      .seq(number);
}

/// Sends forged SYNs; returns how many were forwarded to each node.
inline std::map<std::uint16_t, std::uint32_t> flood(Gateway& gateway, std::uint32_t count,
                                                    std::uint32_t first = 0) {
  std::map<std::uint16_t, std::uint32_t> nodes;
  for (std::uint32_t number = first; number < first + count; ++number) {
    const Outcome out = gateway.from_remote(forged(number));
    if (out.verdict == Verdict::forward) ++nodes[out.packet.node.value()];
  }
  return nodes;
}

inline PacketBuilder data_from(Ipv4Address node, const LoginSession& session) {
  return session.from_node().from(node, 513).seq(1).ack(1).payload("$ ");
}

}  // namespace encluster::test
