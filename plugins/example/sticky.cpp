// An example of a service built elsewhere, see docs/writing-a-plugin.md. It gives every remote a
// node of its own: what a remote sends to the service, over TCP or UDP, goes to the same node, as
// long as that node takes new sessions.
//
// Theory of operation: rendezvous hashing. A keyed hash of remote and node is the node's bid for
// the remote, and the highest bid wins. No table is kept, so that every worker, and the next
// gateway, comes to the same answer; and when a node goes, only its own remotes move.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "encluster/routing_function.hpp"
#include "net/reply.hpp"

namespace {

using encluster::ClusterView;
using encluster::DropReason;
using encluster::Ipv4Address;
using encluster::NodeId;
using encluster::NodeStatus;
using encluster::Packet;
using encluster::Protocol;
using encluster::RouteRequest;
using encluster::ServiceConfig;
using encluster::Verdict;
using encluster::WorkerContext;

/// The finaliser of SplitMix64: every bit of the result depends on every bit of the value.
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

std::uint64_t number_of(std::string_view key) noexcept {
  std::uint64_t number = 0;
  for (const char character : key) {
    number = mix(number * 0x100 + static_cast<unsigned char>(character) + 1);
  }
  return number;
}

bool opens_connection(const Packet& packet) noexcept {
  return packet.protocol == Protocol::tcp && packet.has(encluster::tcp_flag::syn) &&
         !packet.has(encluster::tcp_flag::ack) && !packet.has(encluster::tcp_flag::rst);
}

/// Nobody serves the message: a TCP remote is told at once, others find out.
void refuse(RouteRequest& request) noexcept {
  Packet& packet = *request.packet;
  if (packet.protocol != Protocol::tcp || !encluster::net::turn_into_reset(packet)) {
    request.drop(DropReason::no_node);
    return;
  }
  request.verdict = Verdict::answer;
  request.reason = DropReason::no_node;
}

class Sticky final : public encluster::RoutingFunction {
 public:
  Sticky(std::uint64_t key, std::vector<NodeId> candidates)
      : key_(key), candidates_(std::move(candidates)) {}

  void route(std::span<RouteRequest* const> burst, WorkerContext& context) const noexcept override {
    for (RouteRequest* const request : burst) {
      const Packet& packet = *request->packet;
      const auto node = node_of(packet.source, request->from_node, context.nodes);
      if (!node) {
        refuse(*request);
        continue;
      }
      request->forward(*node);
      // The gateway then keeps the connection on its node, whatever becomes of the others. A
      // segment without a connection is one that the gateway lost in a restart: it goes where its
      // SYN went.
      request->remember = opens_connection(packet);
    }
  }

 private:
  /// The node of a remote among those that take new sessions; nothing if there is none.
  [[nodiscard]] std::optional<NodeId> node_of(Ipv4Address remote, bool from_node,
                                              std::span<const NodeStatus> nodes) const noexcept {
    const std::uint64_t remote_bits = mix(key_ ^ remote.value());
    std::optional<NodeId> winner;
    std::uint64_t highest = 0;
    for (const NodeId node : candidates_) {
      if (node.value() >= nodes.size() || !nodes[node.value()].takes_new_sessions()) continue;
      if (from_node && node.is_gateway()) continue;
      const std::uint64_t bid = mix(remote_bits + node.value());
      if (winner && bid <= highest) continue;
      winner = node;
      highest = bid;
    }
    return winner;
  }

  std::uint64_t key_;
  std::vector<NodeId> candidates_;
};

/// Option `key`: services with the same key and nodes send a remote to the same node, such as those
/// for ports 80 and 443. By default every service has a key of its own, its name.
std::shared_ptr<const encluster::RoutingFunction> make_sticky(const ServiceConfig& config,
                                                              const ClusterView& view) {
  std::string key = config.name;
  for (const auto& [option, value] : config.options) {
    if (option != "key") {
      throw encluster::ServiceError(option,
                                    "found an unknown option of plugin sticky; allowed: key");
    }
    key = value;
  }
  std::vector<NodeId> candidates = config.nodes;
  if (candidates.empty()) {
    candidates = view.nodes;
    std::erase(candidates, encluster::kGateway);
  }
  return std::make_shared<Sticky>(number_of(key), std::move(candidates));
}

}  // namespace

extern "C" const encluster::PluginEntry encluster_plugin;
const encluster::PluginEntry encluster_plugin{encluster::kPluginInterfaceVersion, "sticky",
                                              make_sticky};
