// How a node mounts the other nodes' exports, so that a login sees the same tree on every node
// (paper: "same filespace").
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/agent_configuration.hpp"
#include "agent_protocol/messages.hpp"

namespace encluster::agent {

/// Something that is to be mounted.
struct Mount {
  std::string what;
  std::string where;
  bool bind = false;  ///< a directory of this node; else over NFS

  friend bool operator==(const Mount&, const Mount&) = default;
};

/// The other nodes' exports, over the interconnect, and this node's own where they are elsewhere.
/// @throws std::runtime_error if the trees of two nodes lie in each other: each would mount the
///     other's into what it exports
[[nodiscard]] std::vector<Mount> mounts_of(const AgentConfiguration& configuration,
                                           const std::vector<agent_protocol::TreeEntry>& tree);

/// Lines of fstab(5).
[[nodiscard]] std::string as_fstab(const std::vector<Mount>& mounts);

/// Units (systemd.mount(5)) by the names of their files.
[[nodiscard]] std::map<std::string, std::string> as_units(const std::vector<Mount>& mounts);

}  // namespace encluster::agent
