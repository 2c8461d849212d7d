// The keys by which this machine's sshd shows who it is.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// One line "TYPE BASE64 [COMMENT]" of a file such as ssh_host_ed25519_key.pub; nothing for a text
/// that is none.
[[nodiscard]] std::optional<agent_protocol::HostKey> parse_host_key(std::string_view line);

/// Those of the folder's files ssh_host_*_key.pub, which everybody may read. What cannot be read,
/// and what is no key, is left out: whoever runs no sshd has none.
[[nodiscard]] agent_protocol::HostKeys host_keys(const std::filesystem::path& folder);

}  // namespace encluster::agent
