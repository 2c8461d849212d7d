// What encluster-agent is told on its command line.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "agent/agent_configuration.hpp"
#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// what() completes "encluster-agent: ".
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Be the agent.
struct RunCommand {
  std::filesystem::path config;
  bool check = false;  ///< only say whether the configuration is valid
};

/// Run a command while this node has a port.
struct LeaseCommand {
  agent_protocol::LeasedPort port;
  std::filesystem::path socket = kDefaultSocket;
  std::chrono::seconds wait{5};      ///< for the agent, and a gateway's answer; up to an hour
  std::vector<std::string> command;  ///< the program and its arguments; not empty
};

using Command = std::variant<RunCommand, LeaseCommand>;

/// @return nothing if --help or --version was asked for and printed.
/// @throws UsageError
[[nodiscard]] std::optional<Command> parse_command_line(int argc, char** argv);

}  // namespace encluster::agent
