// AF_UNIX sockets that keep messages apart, never block, and are closed in programs started later.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "control/file_descriptor.hpp"

namespace encluster::agent {

/// Connected; or nothing, with the reason in errno (EAGAIN: the agent is behind).
[[nodiscard]] control::FileDescriptor connect_local(const std::filesystem::path& path);

/// Listens at `path`, which only its owner and group may use (mode 0660). A socket that nobody
/// listens at is replaced; the folder is made if need be, with mode 0755. @throws
/// std::system_error, also where somebody listens there.
[[nodiscard]] control::FileDescriptor listen_local(const std::filesystem::path& path);

enum class Reception : std::uint8_t {
  message,
  nothing,  ///< for now
  closed,   ///< or broken, or a message longer than kMaxLocalMessage
};

/// Puts the next message there, if there is one.
[[nodiscard]] Reception receive_local(int socket, std::string& message);

/// False if it cannot be sent, with the reason in errno: the other side is gone, or reads nothing
/// (EAGAIN).
[[nodiscard]] bool send_local(int socket, std::string_view message);

/// The user at the other end; nothing if the kernel cannot tell.
[[nodiscard]] std::optional<uid_t> peer_of(int socket);

}  // namespace encluster::agent
