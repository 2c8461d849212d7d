// The gateway's token file: lines `NODE TOKEN`, the token 64 hex digits; lines that begin with '#'
// and empty ones mean nothing. Messages never show what a line holds.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace encluster::ctl {

inline constexpr std::size_t kTokenBytes = 32;

/// 64 hex digits from the kernel's randomness by way of OpenSSL. @throws std::runtime_error
[[nodiscard]] std::string random_token();

struct TokenLine {
  std::string node;  ///< empty: a comment, or an empty line
  std::string text;  ///< the token's hex digits in small letters; the comment as it stands
};

struct TokenFile {
  std::vector<TokenLine> lines;

  /// The node's token, 64 hex digits; nullptr if it has none.
  [[nodiscard]] const std::string* token_of(const std::string& node) const noexcept;
};

/// @throws std::runtime_error "LINE: what is wrong"
[[nodiscard]] TokenFile parse_token_file(const std::string& text);

[[nodiscard]] std::string format_token_file(const TokenFile& file);

struct TokenChanges {
  std::vector<std::string> added;    ///< nodes, in the order of the configuration
  std::vector<std::string> removed;  ///< nodes, in the order of the file
};

/// Gives each of the nodes a token that it does not have yet, from the kernel's randomness by way
/// of OpenSSL, and takes the lines of all other nodes out. A file without lines gets a comment on
/// top.
/// @throws std::runtime_error if there is no randomness
TokenChanges update_tokens(TokenFile& file, const std::vector<std::string>& nodes);

}  // namespace encluster::ctl
