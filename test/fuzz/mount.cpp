// Plugin mount against the reference.
#include "mount/mount.hpp"

#include "fuzz/rpc_cluster.hpp"

using namespace encluster;
using namespace encluster::fuzz;

namespace {

std::shared_ptr<const RoutingFunction> make(const reference::Cluster& cluster) {
  ServiceConfig config;
  config.protocol = Protocol::udp;
  config.port = reference::kMountPort;
  return mount::make_mount(config, {.nodes = {},
                                    .exports = cluster.exports,
                                    .mount_ports = cluster.mount_ports,
                                    .mount_lists_port = cluster.lists_port});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_call(reference::Service::mount, make, data, size);
  return 0;
}
