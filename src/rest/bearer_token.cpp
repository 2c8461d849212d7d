#include "rest/bearer_token.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <stdexcept>

#include "control/rest_token.hpp"
#include "control/secret_file.hpp"

namespace encluster::rest {

namespace {

constexpr std::string_view kScheme = "bearer";

/// Names of schemes are words in any case (RFC 9110, section 11.1).
bool is_scheme(std::string_view word) {
  return std::ranges::equal(word, kScheme, [](char c, char expected) {
    return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == expected;
  });
}

}  // namespace

BearerToken BearerToken::read(const std::filesystem::path& file) {
  std::string text = control::read_secret_file(file, control::kMaxRestTokenFile);
  try {
    BearerToken token(control::parse_rest_token(text, file));
    OPENSSL_cleanse(text.data(), text.size());
    return token;
  } catch (const std::runtime_error& problem) {
    OPENSSL_cleanse(text.data(), text.size());
    throw control::CredentialsError(problem.what());
  }
}

bool BearerToken::is_presented_by(std::string_view authorization) const noexcept {
  const std::size_t blank = authorization.find(' ');
  if (blank == std::string_view::npos || !is_scheme(authorization.substr(0, blank))) return false;
  const std::size_t first = authorization.find_first_not_of(' ', blank);
  if (first == std::string_view::npos) return false;
  const std::string_view presented = authorization.substr(first);
  return presented.size() == token_.size() &&
         CRYPTO_memcmp(presented.data(), token_.data(), token_.size()) == 0;
}

bool BearerToken::equals(const BearerToken& other) const noexcept {
  return token_.size() == other.token_.size() &&
         CRYPTO_memcmp(token_.data(), other.token_.data(), token_.size()) == 0;
}

}  // namespace encluster::rest
