// Plugin nfs: what becomes of a call is what the reference says. The first byte chooses who asks.
#include "nfs/nfs.hpp"

#include "fuzz/finding.hpp"
#include "fuzz/input.hpp"
#include "fuzz/rpc_cluster.hpp"

using namespace encluster;
using namespace encluster::fuzz;

namespace {

std::shared_ptr<const RoutingFunction> make(const reference::Cluster& cluster) {
  ServiceConfig config;
  config.protocol = Protocol::udp;
  config.port = reference::kNfsPort;
  config.options["handle_bytes"] = "4-5";
  return nfs::make_nfs(config, {.nodes = {}, .exports = cluster.exports, .mount_ports = {}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array kClusters{rpc_cluster(false), rpc_cluster(true)};
  static const std::array kFunctions{make(kClusters[0]), make(kClusters[1])};
  Input input(data, size);
  const unsigned choice = input.byte();
  const std::size_t cluster = choice >> 2 & 1;
  const auto call = input.bytes(kLongestCall);
  const test::Asker asker = rpc_asker(choice);
  require(test::route_call(*kFunctions[cluster], reference::kNfsPort.value(), call, asker) ==
              reference::route_nfs(kClusters[cluster], call, asker),
          "a call of NFS that is not routed as the reference says");
  return 0;
}
