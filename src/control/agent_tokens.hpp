// The nodes' secrets, by which the gateway knows their agents.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent_protocol/messages.hpp"
#include "control/secret_file.hpp"

namespace encluster::control {

/// Immutable. Made from a file with lines `NODE HEX`: a node's name and 64 hexadecimal digits.
/// Blank lines, and lines that begin with `#`, say nothing.
class AgentTokens {
 public:
  using Token = std::array<std::uint8_t, agent_protocol::kTokenSize>;

  /// Nobody's.
  AgentTokens() = default;

  /// @throws CredentialsError
  [[nodiscard]] static AgentTokens read(const std::filesystem::path& file);
  /// @param file for errors
  /// @throws CredentialsError
  [[nodiscard]] static AgentTokens parse(std::string_view text, const std::filesystem::path& file);

  [[nodiscard]] bool has(std::string_view node) const noexcept { return tokens_.contains(node); }
  [[nodiscard]] std::optional<Token> of(std::string_view node) const noexcept;
  /// Whether `token` is the node's. How long it takes to say so tells nothing of the tokens.
  [[nodiscard]] bool match(std::string_view node, std::string_view token) const noexcept;

 private:
  std::map<std::string, Token, std::less<>> tokens_;
};

}  // namespace encluster::control
