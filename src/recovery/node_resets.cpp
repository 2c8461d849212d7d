#include "recovery/node_resets.hpp"

#include <algorithm>
#include <utility>

namespace encluster::recovery {

NodeResets::NodeResets(datapath::WorkerGroup& workers, Done done)
    : workers_(workers), done_(std::move(done)) {}

void NodeResets::reset(NodeId node) {
  if (std::ranges::find(waiting_, node) == waiting_.end()) waiting_.push_back(node);
  poll();
}

void NodeResets::poll() {
  if (under_way_ || waiting_.empty()) return;
  const NodeId node = waiting_.front();
  under_way_ = workers_.send(switching::ResetNode{node}, [this, node](const auto& done) {
    under_way_ = false;
    done_(node, done.count);
  });
  if (under_way_) waiting_.pop_front();
}

}  // namespace encluster::recovery
