// The gateway's identity towards the agents: a private key and a certificate, which agents know by
// its fingerprint alone.
#pragma once

#include <string>

namespace encluster::ctl {

/// A new private key on the curve P-256 (FIPS 186-4), PEM. @throws std::runtime_error
[[nodiscard]] std::string make_key();

/// A certificate for the key, signed with the key itself by ECDSA and SHA-256 and valid for 20
/// years, PEM. @param key PEM @param common_name at most 64 bytes @throws std::runtime_error
[[nodiscard]] std::string make_certificate(const std::string& key, const std::string& common_name);

/// Whether the certificate is for this key. Both PEM.
/// @throws std::runtime_error saying which of them can't be read
[[nodiscard]] bool fit(const std::string& key, const std::string& certificate);

/// SHA-256 of the certificate's DER form: 64 hex digits, small letters.
/// @throws std::runtime_error if it is no certificate in PEM
[[nodiscard]] std::string fingerprint(const std::string& certificate);

}  // namespace encluster::ctl
