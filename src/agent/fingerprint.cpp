#include "agent/fingerprint.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdexcept>

namespace encluster::agent {

control::Bytes32 fingerprint_of(const X509& certificate) {
  control::Bytes32 digest{};
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest.data(), &size) != 1 || size != digest.size()) {
    throw std::runtime_error("a certificate without a fingerprint");
  }
  return digest;
}

bool same(const control::Bytes32& left, const control::Bytes32& right) noexcept {
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace encluster::agent
