// The cluster whose files are fuzzed.
#pragma once

#include <array>
#include <cstddef>

#include "differential/rpc/reference.hpp"

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
  if (with_gateway) cluster.exports.push_back({.path = "/own", .node = kGateway});
  return cluster;
}

/// Who asks, by the lowest bits of a byte.
inline test::Asker rpc_asker(unsigned choice) {
  return {.remote = (choice & 1) != 0 ? Ipv4Address(192, 0, 2, 7) : Ipv4Address(198, 51, 100, 7),
          .from_node = (choice & 2) != 0,
          .fragment = false};
}

/// As long as a datagram without fragments may be.
inline constexpr std::size_t kLongestCall = 1472;

}  // namespace encluster::fuzz
