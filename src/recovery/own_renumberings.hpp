// Connections of the gateway's own kernel that the cluster shows under another port. Other nodes'
// agents remember theirs; node 0 has none, and its process may be killed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "agent_protocol/messages.hpp"

namespace encluster::recovery {

/// Kept in a file that need not outlive the machine's kernel, which has the connections. There is
/// no file as long as there is nothing to remember. Control thread only.
class OwnRenumberings {
 public:
  /// More is not remembered: the oldest are forgotten.
  static constexpr std::size_t kMost = 4096;

  /// Reads the file, if there is one; lines that are none of ours say nothing.
  explicit OwnRenumberings(std::filesystem::path file);

  /// Says of each of the kernel's connections how the cluster shows it, and forgets the others.
  /// @throws std::runtime_error naming the file, if it cannot be written: later ones are in vain
  void apply(std::vector<agent_protocol::TcpSocket>& sockets);
  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
  /// A connection of node 0 was renumbered. @throws std::runtime_error as apply()
  void note(const agent_protocol::Renumbering& renumbering);

 private:
  void read();
  void write() const;

  std::filesystem::path file_;
  std::vector<agent_protocol::Renumbering> all_;  ///< in the order of time
};

}  // namespace encluster::recovery
