// Who the gateway is: the agent knows its certificate, and trusts no authority to vouch for
// another.
#pragma once

#include <openssl/x509.h>

#include "control/secret_text.hpp"

namespace encluster::agent {

/// SHA-256 of the certificate's DER. @throws std::runtime_error if OpenSSL cannot.
[[nodiscard]] control::Bytes32 fingerprint_of(const X509& certificate);

/// Takes as long whichever bytes differ.
[[nodiscard]] bool same(const control::Bytes32& left, const control::Bytes32& right) noexcept;

}  // namespace encluster::agent
