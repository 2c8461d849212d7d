#include "agent/child_process.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace encluster::agent {

namespace {

constexpr int kNotFound = 127;
constexpr int kNotStarted = 126;

[[noreturn]] void become(const std::vector<std::string>& command, const sigset_t& mask,
                         pid_t keeper) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The keeper may have ended before that.
  if (getppid() != keeper) _exit(kNotStarted);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execvp(arguments[0], arguments.data());
  const int reason = errno;
  fmt::print(stderr, "encluster-agent: cannot start {}: {}\n", command[0], std::strerror(reason));
  std::fflush(stderr);
  _exit(reason == ENOENT ? kNotFound : kNotStarted);
}

}  // namespace

pid_t start_child(const std::vector<std::string>& command, const sigset_t& mask) {
  const pid_t keeper = getpid();
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "cannot start a process");
  if (child == 0) become(command, mask, keeper);
  return child;
}

std::optional<int> exit_status(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, WNOHANG) != child) return std::nullopt;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
  return std::nullopt;
}

}  // namespace encluster::agent
