// The command of a lease, as a child that does not outlive its keeper.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace encluster::agent {

/// Starts it, looked up in PATH, with that signal mask. The kernel kills it (SIGKILL) when the
/// calling thread ends. Where it cannot be started, the child says why and exits with 127 (there
/// is none) or 126. @pre command is not empty. @throws std::system_error if there is no child
[[nodiscard]] pid_t start_child(const std::vector<std::string>& command, const sigset_t& mask);

/// The exit status as a shell tells it, 128 + N for a signal, if the child has ended; once.
[[nodiscard]] std::optional<int> exit_status(pid_t child);

}  // namespace encluster::agent
