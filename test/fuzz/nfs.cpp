// Plugin nfs against the reference.
#include "nfs/nfs.hpp"

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
  check_call(reference::Service::nfs, make, data, size);
  return 0;
}
