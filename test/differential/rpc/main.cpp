// Plugins mount and nfs against a slow reference: differential_rpc --calls N.
#include <charconv>
#include <iostream>
#include <string_view>

#include "differential/rpc/calls.hpp"
#include "mount/mount.hpp"
#include "nfs/nfs.hpp"

using namespace encluster;
using namespace encluster::reference;
using test::Routed;

namespace {

constexpr int kCallsOfACluster = 500;

std::shared_ptr<const RoutingFunction> make(const Cluster& cluster, Service service) {
  ServiceConfig config;
  config.protocol = Protocol::udp;
  config.port = port_of(service);
  const ClusterView view{.nodes = {kGateway},
                         .exports = cluster.exports,
                         .mount_ports = cluster.mount_ports,
                         .mount_lists_port = cluster.lists_port};
  if (service == Service::mount) return mount::make_mount(config, view);
  if (cluster.range) {
    config.options["handle_bytes"] =
        std::to_string(cluster.range->first) + '-' + std::to_string(cluster.range->second);
  }
  return nfs::make_nfs(config, view);
}

void print(const char* who, const Routed& routed) {
  std::cerr << who << ": verdict " << static_cast<int>(routed.verdict) << ", reason "
            << name_of(routed.reason) << ", node " << routed.node.value() << ", port "
            << routed.port.value() << ", copies " << routed.copies.size() << ", reply of "
            << routed.reply.size() << " bytes\n";
}

void print(const test::Bytes& call) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::byte byte : call) {
    std::cerr << kDigits[std::to_integer<std::size_t>(byte >> 4)]
              << kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  std::cerr << '\n';
}

/// Counts what is forwarded. @return false, and the call is printed, if plugin and reference differ
bool agree(const RoutingFunction& function, const Cluster& cluster, Service service,
           const test::Bytes& call, const test::Asker& asker, std::uint32_t& forwarded) {
  const Routed expected = route(cluster, service, call, asker);
  const Routed routed = test::route_call(function, port_of(service).value(), call, asker);
  forwarded += expected.verdict == Verdict::forward ? 1U : 0U;
  if (routed == expected) return true;
  std::cerr << (service == Service::mount ? "MOUNT" : "NFS")
            << (asker.from_node ? ", from a node" : "") << (asker.fragment ? ", a fragment" : "")
            << '\n';
  print(call);
  print("expected", expected);
  print("found", routed);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view text = argc == 3 ? argv[2] : "";
  std::uint32_t calls = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), calls);
  if (argc != 3 || std::string_view(argv[1]) != "--calls" || error != std::errc() ||
      end != text.data() + text.size()) {
    std::cerr << "usage: differential_rpc --calls N\n";
    return 2;
  }
  test::Random random(1813);
  std::uint32_t forwarded = 0;
  for (std::uint32_t done = 0; done < calls;) {
    const Cluster cluster = random_cluster(random);
    const Service service = random.once_in(2) ? Service::mount : Service::nfs;
    const auto function = make(cluster, service);
    for (int i = 0; i < kCallsOfACluster && done < calls; ++i, ++done) {
      const test::Bytes call = random_call(cluster, service, random);
      const test::Asker asker = random_asker(random);
      if (!agree(*function, cluster, service, call, asker, forwarded)) return 1;
    }
  }
  std::cout << calls << " calls are routed as the reference says; " << forwarded
            << " are forwarded\n";
  // Else hardly any call was whole.
  return forwarded > calls / 10 ? 0 : 1;
}
