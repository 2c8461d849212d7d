#include "mount_responder/collector.hpp"

#include <algorithm>
#include <utility>

namespace encluster::mount_responder {

using switching::ClusterState;

namespace {

/// Where the gateway's own mountd is, and nodes' of which nothing else is known.
PortNumber service_port(const ClusterState& cluster) {
  const auto service = std::ranges::find(cluster.services, "mount", &ServiceConfig::plugin);
  return service == cluster.services.end() ? PortNumber() : service->port;
}

const switching::NodeState* find_node(const ClusterState& cluster, NodeId id) {
  const auto node = std::ranges::find(cluster.nodes, id, &switching::NodeState::id);
  return node == cluster.nodes.end() ? nullptr : &*node;
}

std::string name_of(const ClusterState& cluster, NodeId id) {
  if (id.is_gateway()) return "gateway";
  const auto* const node = find_node(cluster, id);
  return node == nullptr ? std::to_string(id.value()) : node->name;
}

}  // namespace

std::vector<Mountd> mountds_of(const ClusterState& cluster) {
  std::set<NodeId> exporting;
  for (const ExportConfig& one : cluster.exports) exporting.insert(one.node);
  const PortNumber port = service_port(cluster);
  std::vector<Mountd> mountds;
  for (const NodeId id : exporting) {
    if (id.is_gateway()) {
      mountds.push_back({id, cluster.interconnect.address.address, port});
    } else if (const auto* const node = find_node(cluster, id)) {
      const bool known = node->mount_port != PortNumber();
      mountds.push_back({id, node->address, known ? node->mount_port : port});
    }
  }
  return mountds;
}

Collector::Collector(boost::asio::any_io_executor executor, Cluster cluster, Limits limits,
                     control::Logger& log)
    : executor_(std::move(executor)), cluster_(std::move(cluster)), limits_(limits), log_(log) {}

Collector::~Collector() {
  if (round_) round_->stop();
}

bool Collector::ask(Done done) {
  if (list_ && Clock::now() - told_ < limits_.fresh) {
    done(*list_);
    return true;
  }
  if (waiting_.size() == limits_.waiting) return false;
  waiting_.push_back(std::move(done));
  if (!round_) begin();
  return true;
}

void Collector::begin() {
  const ClusterState& cluster = cluster_();
  mounts_.emplace(cluster);
  round_ = std::make_shared<DumpRound>(
      executor_, cluster.interconnect.address.address, mountds_of(cluster),
      DumpRound::Hooks{
          .heard = [this](NodeId node, const auto& list) { heard(node, list); },
          .over = [this](const std::vector<NodeId>& silent) { over(silent); },
      },
      limits_.round);
  round_->start();
}

void Collector::heard(NodeId node, const std::optional<std::vector<MountEntry>>& list) {
  if (!list) return note(node, "its answer is no list");
  mounts_->add(node, *list);
  if (unknown_.erase(node) != 0) log_.info("mounts_known", {{"node", name_of(cluster_(), node)}});
}

void Collector::note(NodeId node, const char* problem) {
  if (!unknown_.insert(node).second) return;
  log_.warning("mounts_unknown", {{"node", name_of(cluster_(), node)}, {"problem", problem}});
}

void Collector::over(const std::vector<NodeId>& silent) {
  for (const NodeId node : silent) note(node, "its mountd does not answer");
  list_ = mounts_->as_xdr();
  told_ = Clock::now();
  mounts_.reset();
  round_.reset();
  for (const Done& done : std::exchange(waiting_, {})) done(*list_);
}

}  // namespace encluster::mount_responder
