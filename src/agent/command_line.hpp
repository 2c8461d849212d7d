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

inline constexpr const char* kDefaultConfig = "/etc/encluster/agent.yaml";

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

/// Print what an NFS server is to be told of this node's exports.
struct ExportsCommand {
  enum class Server : std::uint8_t { linux, ganesha };
  Server server = Server::linux;
  std::filesystem::path config = kDefaultConfig;
  std::filesystem::path output;  ///< a file to be replaced; empty: standard output
};

/// Print how this node mounts the others' exports.
struct MountsCommand {
  enum class Format : std::uint8_t { fstab, systemd };
  Format format = Format::fstab;
  std::filesystem::path config = kDefaultConfig;
  std::filesystem::path output;  ///< as above; of systemd, a folder
};

using Command = std::variant<RunCommand, LeaseCommand, ExportsCommand, MountsCommand>;

/// @return nothing if --help or --version was asked for and printed.
/// @throws UsageError
[[nodiscard]] std::optional<Command> parse_command_line(int argc, char** argv);

}  // namespace encluster::agent
