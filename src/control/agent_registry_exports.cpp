// What nodes export: the part of AgentRegistry that passes it on.
#include <utility>

#include "control/agent_registry.hpp"

namespace encluster::control {

void AgentRegistry::receive_exports(NodeId node, AgentEpoch epoch,
                                    const agent_protocol::Exports& exports) {
  if (!is_current(node, epoch)) return;
  if (exports_.empty()) hooks_.wake();
  exports_[node] = exports;
}

void AgentRegistry::pass_exports_on() {
  for (const auto& [node, exports] : std::exchange(exports_, {})) hooks_.exported(node, exports);
}

void AgentRegistry::tell_tree(NodeId node, const std::vector<agent_protocol::Tree>& tree) {
  const auto found = members_.find(node);
  if (found == members_.end() || !found->second.wants_tree) return;
  for (const agent_protocol::Tree& part : tree) tell(node, part);
}

}  // namespace encluster::control
