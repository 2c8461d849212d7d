// How the gateway proves to agents who it is, and how what they say to each other stays secret.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>

#include "control/secret_file.hpp"

namespace encluster::control {

/// A server's TLS 1.3 (RFC 8446) with this certificate: no other version, no resumption, no early
/// data. Agents know the gateway by the certificate; the gateway knows agents by their tokens.
/// @param certificate PEM, the chain after it if there is one
/// @param key PEM without passphrase, readable by its owner only
/// @throws CredentialsError
[[nodiscard]] boost::asio::ssl::context make_agent_tls(const std::filesystem::path& certificate,
                                                       const std::filesystem::path& key);

}  // namespace encluster::control
