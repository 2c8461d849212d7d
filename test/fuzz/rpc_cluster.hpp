// Calls of NFS and MOUNT to clusters whose files are fuzzed.
#pragma once

#include <array>
#include <cstddef>

#include "differential/rpc/reference.hpp"
#include "fuzz/finding.hpp"
#include "fuzz/input.hpp"

namespace encluster::fuzz {

/// Exports that lie in each other, with keys of each kind, for all and for some, and of the
/// gateway.
inline reference::Cluster rpc_cluster(bool with_gateway) {
  using Kind = FileSystemKeyKind;
  constexpr std::array kBytes{std::byte{0}, std::byte{1}, std::byte{0}, std::byte{0}};
  const auto key = [&](Kind kind, std::uint8_t type, std::size_t size) {
    return FileSystemKey(kind, type, std::span(kBytes).first(size));
  };
  reference::Cluster cluster{
      .exports = {{.path = "/export", .node = NodeId(1), .keys = {key(Kind::ganesha, 0, 2)}},
                  {.path = "/export/a", .node = NodeId(2), .keys = {key(Kind::knfsd, 1, 4)}},
                  {.path = "/export/a/b",
                   .node = NodeId(3),
                   .keys = {key(Kind::bytes, 0, 2)},
                   .clients = {{Ipv4Address(192, 0, 2, 0), 24}}}},
      .mount_ports = {{NodeId(2), PortNumber(std::uint16_t{892})}},
      .range = {{4, 5}}};
  if (with_gateway) {
    cluster.exports.push_back({.path = "/own", .node = kGateway});
    cluster.lists_port = PortNumber(std::uint16_t{16400});
  }
  return cluster;
}

/// Who asks, by bits of a byte.
inline test::Asker rpc_asker(unsigned choice) {
  return {.remote = (choice & 1) != 0 ? Ipv4Address(192, 0, 2, 7) : Ipv4Address(198, 51, 100, 7),
          .from_node = (choice & 2) != 0,
          .fragment = (choice & 8) != 0};
}

/// As long as a datagram without fragments may be.
inline constexpr std::size_t kLongestCall = 1472;

/// What becomes of a call is what the reference says. The first byte chooses who asks, and which
/// cluster.
/// @param make makes the service of a cluster
template <typename Make>
void check_call(reference::Service service, Make&& make, const std::uint8_t* data,
                std::size_t size) {
  static const std::array kClusters{rpc_cluster(false), rpc_cluster(true)};
  static const std::array kFunctions{make(kClusters[0]), make(kClusters[1])};
  Input input(data, size);
  const unsigned choice = input.byte();
  const std::size_t cluster = choice >> 2 & 1;
  const auto call = input.bytes(kLongestCall);
  const test::Asker asker = rpc_asker(choice);
  const auto port = reference::port_of(service).value();
  require(test::route_call(*kFunctions[cluster], port, call, asker) ==
              reference::route(kClusters[cluster], service, call, asker),
          "a call that is not routed as the reference says");
}

}  // namespace encluster::fuzz
