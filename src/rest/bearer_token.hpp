// Who may ask: callers that present the token (RFC 6750).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace encluster::rest {

/// Immutable.
class BearerToken {
 public:
  /// @param token control::kRestTokenDigits characters
  explicit BearerToken(std::string token) : token_(std::move(token)) {}

  /// @throws control::CredentialsError
  [[nodiscard]] static BearerToken read(const std::filesystem::path& file);

  /// Whether the value of a field `Authorization` presents it. How long it takes to say so tells
  /// nothing of the token.
  [[nodiscard]] bool is_presented_by(std::string_view authorization) const noexcept;
  /// Whether it is the same.
  [[nodiscard]] bool equals(const BearerToken& other) const noexcept;

 private:
  std::string token_;
};

}  // namespace encluster::rest
