// When a command must end so that it is gone before its lease is.
#pragma once

#include "agent/local_protocol.hpp"

namespace encluster::agent {

/// What is due for the command.
enum class Due : std::uint8_t { nothing, terminate, kill };

/// The command is asked to end (SIGTERM) that long before its lease is over, or a quarter of a
/// fence below 8 s; and killed (SIGKILL) so long, or an eighth of a fence below 4 s.
inline constexpr std::chrono::milliseconds kTerminateBefore{2000};
inline constexpr std::chrono::milliseconds kKillBefore{500};

[[nodiscard]] Due due_at(const Validity& validity, BootTime now) noexcept;

/// When due_at() changes next; the end of the lease where it does no more.
[[nodiscard]] BootTime next_change(const Validity& validity, BootTime now) noexcept;

}  // namespace encluster::agent
