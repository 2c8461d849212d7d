// Whether all nodes show the same ssh host keys.
#pragma once

#include <map>
#include <set>
#include <string>

#include "agent_protocol/messages.hpp"
#include "control/log.hpp"

namespace encluster::control {

/// To a client the cluster is one host: where a node shows another key than the one before, ssh
/// refuses to go on. Says so, once until it is mended or changes. Control thread only.
class HostKeyWatch {
 public:
  /// @param log outlives this object
  explicit HostKeyWatch(Logger& log) : log_(log) {}

  /// What the node's agent has told: all of its keys. A node without any runs no sshd.
  void note(const std::string& node, const agent_protocol::HostKeys& keys);
  /// Others than these are no nodes any more.
  void keep_only(const std::set<std::string>& nodes);

 private:
  void compare();
  void tell(const std::string& type, const std::string& groups);

  Logger& log_;
  std::map<std::string, agent_protocol::HostKeys> nodes_;  ///< by name
  std::map<std::string, std::string> told_;                ///< by type of key, those that differ
};

}  // namespace encluster::control
