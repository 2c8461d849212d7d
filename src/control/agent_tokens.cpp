#include "control/agent_tokens.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <optional>
#include <utility>

#include "control/secret_text.hpp"

namespace encluster::control {

namespace {

/// Of a file with a line for each of 1023 nodes, comments included.
constexpr std::size_t kMaxFile = 1 << 20;
constexpr std::string_view kBlank = " \t\r";

[[noreturn]] void refuse(const std::filesystem::path& file, int line, std::string_view problem) {
  throw CredentialsError(fmt::format("{}:{}: {}", file.string(), line, problem));
}

}  // namespace

AgentTokens AgentTokens::read(const std::filesystem::path& file) {
  std::string text = read_secret_file(file, kMaxFile);
  AgentTokens tokens = parse(text, file);
  OPENSSL_cleanse(text.data(), text.size());
  return tokens;
}

AgentTokens AgentTokens::parse(std::string_view text, const std::filesystem::path& file) {
  AgentTokens tokens;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view line = trimmed(text.substr(0, text.find('\n')));
    text.remove_prefix(
        std::min(text.size(), text.find('\n') == text.npos ? text.size() : text.find('\n') + 1));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t end = line.find_first_of(kBlank);
    const std::string_view node = line.substr(0, end);
    const auto token = end == line.npos ? std::nullopt : parse_hex(trimmed(line.substr(end)));
    if (!token || node.size() > agent_protocol::kMaxNodeName) {
      refuse(file, number, "is not a node's name and 64 hexadecimal digits");
    }
    if (!tokens.tokens_.emplace(node, *token).second) {
      refuse(file, number, "is the second line of its node");
    }
  }
  return tokens;
}

std::optional<AgentTokens::Token> AgentTokens::of(std::string_view node) const noexcept {
  const auto found = tokens_.find(node);
  return found == tokens_.end() ? std::nullopt : std::optional(found->second);
}

bool AgentTokens::match(std::string_view node, std::string_view token) const noexcept {
  static constexpr Token kNobodys{};
  const auto found = tokens_.find(node);
  const Token& expected = found == tokens_.end() ? kNobodys : found->second;
  if (token.size() != expected.size()) return false;
  const bool same = CRYPTO_memcmp(token.data(), expected.data(), expected.size()) == 0;
  return same && found != tokens_.end();
}

}  // namespace encluster::control
