// `encluster-agent lease`: runs a command while this node has a port.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "agent/command_line.hpp"
#include "agent/local_protocol.hpp"
#include "control/file_descriptor.hpp"

namespace encluster::agent {

/// Asks the agent for the port, runs the command, and ends it before the lease is over. Outlives
/// the agent: to the next one it says what it holds. One thread, which must be the process's only.
class Keeper {
 public:
  /// From one attempt to reach the agent to the next.
  static constexpr std::chrono::milliseconds kReconnect{100};
  static constexpr int kInUse = 98;  ///< exit status where the port is not to be had: EADDRINUSE

  /// Blocks the signals that it passes on. @throws std::system_error
  explicit Keeper(LeaseCommand command);

  /// Once. Says on standard error what went wrong. @return the exit status of this program
  /// @throws std::system_error if the command's process cannot be made
  [[nodiscard]] int run();

 private:
  void await_event();
  [[nodiscard]] BootTime next_time(BootTime now) const;
  void reconnect();
  /// If there is a connection; it ends if that fails.
  void tell_agent(const FromKeeper& message);
  void read_signals();
  void read_messages();
  void take(const ToKeeper& message);
  void take_validity(const Validity& validity);
  void refuse(const Denied& denied);
  void on_time(BootTime now);
  void enforce(BootTime now);
  void doom(const char* why);
  /// Ends run(), with a line on standard error.
  void fail(int status, const std::string& text);

  LeaseCommand command_;
  sigset_t original_mask_{};
  control::FileDescriptor signals_;
  control::FileDescriptor timer_;
  control::FileDescriptor agent_;  ///< the connection, while there is one
  BootTime reconnect_at_;
  BootTime give_up_at_;  ///< where the lease is not granted until then
  std::string trouble_;  ///< why the agent cannot be reached, if it cannot
  pid_t child_ = -1;     ///< once it is started
  Validity validity_;
  bool doomed_ = false;  ///< SIGTERM was sent; the lease is not to be had any more
  std::optional<int> status_;
};

}  // namespace encluster::agent
