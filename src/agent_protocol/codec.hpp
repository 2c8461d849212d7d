// Messages to bytes and back. Decoding checks every rule that messages.hpp states: whoever gets a
// message from here may rely on them.
#pragma once

#include <span>
#include <stdexcept>
#include <string>

#include "agent_protocol/messages.hpp"

namespace encluster::agent_protocol {

/// What arrived is no message. what() says why, in printable ASCII, without quoting what arrived.
class MalformedMessage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A whole frame, with its header. @pre the message keeps the rules of messages.hpp.
[[nodiscard]] std::string encode(const FromAgent& message);
[[nodiscard]] std::string encode(const FromGateway& message);

/// Reads what follows a frame's header. @throws MalformedMessage
[[nodiscard]] FromAgent decode_from_agent(std::span<const std::uint8_t> frame);
[[nodiscard]] FromGateway decode_from_gateway(std::span<const std::uint8_t> frame);

/// Whether decoders take a message with this path: an absolute path of UTF-8 without control
/// characters, as messages.hpp has it.
[[nodiscard]] bool is_path(const std::string& path);

}  // namespace encluster::agent_protocol
