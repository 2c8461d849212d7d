// The datagram by which a gateway that has just started calls a node's agent: "join now".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "agent_protocol/messages.hpp"

namespace encluster::agent_protocol {

/// Sent over UDP from the gateway's address on the interconnect to the node's, at the port where
/// the gateway listens for agents. The agent is joined to this instance, or joins anew at once;
/// there is no other effect, and no answer.
struct ComeBack {
  Instance instance{};        ///< of the gateway's process that calls
  std::uint64_t time_ms = 0;  ///< its wall clock: milliseconds since 1970, later in each datagram

  friend bool operator==(const ComeBack&, const ComeBack&) = default;
};

/// "ECB1", instance, time (big-endian), and HMAC-SHA256 of these by the node's token.
inline constexpr std::size_t kComeBackSize = 60;

/// Any thread. @throws std::bad_alloc
[[nodiscard]] std::array<std::uint8_t, kComeBackSize> encode_come_back(
    const ComeBack& come_back, std::span<const std::uint8_t, kTokenSize> token);

/// Nothing if it is not of someone who knows the token. Any thread.
[[nodiscard]] std::optional<ComeBack> decode_come_back(
    std::span<const std::uint8_t> datagram,
    std::span<const std::uint8_t, kTokenSize> token) noexcept;

}  // namespace encluster::agent_protocol
