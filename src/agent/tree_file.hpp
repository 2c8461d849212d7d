// What the cluster exports, as the gateway tells it, in a file that `encluster-agent mounts` reads.
#pragma once

#include <filesystem>
#include <vector>

#include "agent_protocol/messages.hpp"
#include "control/log.hpp"

namespace encluster::agent {

/// Beside the agent's socket.
[[nodiscard]] std::filesystem::path tree_file(const std::filesystem::path& socket);

/// @throws std::runtime_error naming the file, and what to do
[[nodiscard]] std::vector<agent_protocol::TreeEntry> read_tree(const std::filesystem::path& file);

/// One thread.
class TreeFile {
 public:
  /// @param log outlives this object
  TreeFile(std::filesystem::path file, control::Logger& log) : file_(std::move(file)), log_(log) {}

  /// Writes the file with the last part.
  void take(const agent_protocol::Tree& part);
  /// What was begun is not told to its end.
  void parted() { entries_.clear(); }

 private:
  std::filesystem::path file_;
  control::Logger& log_;
  std::vector<agent_protocol::TreeEntry> entries_;  ///< of parts so far
};

}  // namespace encluster::agent
