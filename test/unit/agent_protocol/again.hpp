// Messages there and back, and what is said of those that cannot be.
#pragma once

#include <span>
#include <string>

#include "agent_protocol/codec.hpp"
#include "agent_protocol/frame.hpp"

namespace encluster::agent_protocol {

inline std::span<const std::uint8_t> body_of(const std::string& frame) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(frame.data());
  return {bytes + kFrameHeader, frame.size() - kFrameHeader};
}

inline FromAgent again(const FromAgent& message) {
  return decode_from_agent(body_of(encode(message)));
}
inline FromGateway again(const FromGateway& message) {
  return decode_from_gateway(body_of(encode(message)));
}

template <typename Message>
std::string complaint(const Message& message) {
  try {
    static_cast<void>(again(message));
  } catch (const MalformedMessage& problem) {
    return problem.what();
  }
  return "none";
}

}  // namespace encluster::agent_protocol
