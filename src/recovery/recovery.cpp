#include "recovery/recovery.hpp"

#include <utility>

namespace encluster::recovery {

Recovery::Recovery(Restorer& restorer, std::set<NodeId> awaited, Ended ended)
    : restorer_(restorer), awaited_(std::move(awaited)), ended_(std::move(ended)) {}

void Recovery::report(NodeId node, const agent_protocol::Sockets& sockets) {
  Reporting& reporting = reporting_[node];
  ++reporting.parts;
  reporting.told_all = sockets.last;
  restorer_.restore(node, sockets.sockets,
                    [this, node](const Restored& restored) { settled(node, restored); });
}

void Recovery::settled(NodeId node, const Restored& restored) {
  Reporting& reporting = reporting_[node];
  --reporting.parts;
  if (over_) return;
  summary_.restored += restored;
  if (reporting.parts != 0 || !reporting.told_all || awaited_.erase(node) == 0) return;
  ++summary_.nodes;
  end_if_complete();
}

void Recovery::lost(NodeId node) {
  if (awaited_.erase(node) != 0) end_if_complete();
}

void Recovery::give_up() {
  summary_.missing = std::exchange(awaited_, {});
  end_if_complete();
}

void Recovery::end_if_complete() {
  if (over_ || !awaited_.empty()) return;
  over_ = true;
  ended_(summary_);
}

}  // namespace encluster::recovery
