// Everything that workers read, as one immutable value (design: "Control publishes, workers read").
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "encluster/routing_function.hpp"
#include "encluster/types.hpp"
#include "net/headers.hpp"
#include "switching/address_set.hpp"
#include "switching/cluster_state.hpp"
#include "switching/frozen_map.hpp"
#include "switching/message_switch.hpp"
#include "switching/places.hpp"
#include "switching/route_table.hpp"
#include "switching/shown_ports.hpp"
#include "switching/slices.hpp"

namespace encluster::switching {

/// How a node is reached.
struct NodeHop {
  Ipv4Address address;
  bool resolved = false;
  net::LinkAddresses link;  ///< if resolved
};

/// Built whole by SnapshotCompiler on the control thread, then published and never changed.
struct Snapshot {
  std::uint64_t generation = 0;  ///< counts published snapshots, from 1
  std::vector<NetworkState> networks;
  InterconnectState interconnect;
  Slices slices;
  MessageSwitch message_switch;
  std::vector<NodeStatus> nodes;               ///< index: NodeId; node 0 is the gateway
  std::vector<NodeHop> node_hops;              ///< index: NodeId
  ShownPorts shown_ports;
  FrozenMap<NodeId> node_by_address;           ///< interconnect addresses of nodes 1 and up
  FrozenMap<NetworkIndex> network_by_address;  ///< cluster addresses
  std::vector<AddressSet> dynamic_syn_from;    ///< index: NetworkIndex
  RouteTable routes;
  Places places;
  std::vector<net::LinkAddresses> routers;  ///< index: Place::router; the first is nobody's
  std::array<FrozenMap<MacAddress>, kMaxNetworks> neighbours;  ///< index: NetworkIndex
  FrozenMap<MacAddress> interconnect_neighbours;
  std::vector<std::string> service_names;  ///< index: ServiceIndex
  Seconds ask_idle_after = 0;              ///< as ClusterState::ask_idle_after
  bool recovering = false;                 ///< as ClusterState::recovering

  [[nodiscard]] bool is_cluster_address(Ipv4Address address) const noexcept {
    return network_by_address.find(address.value()) != nullptr;
  }
  /// May the remote open TCP connections to dynamic ports, unannounced?
  [[nodiscard]] bool may_open_dynamic(NetworkIndex network, Ipv4Address remote) const noexcept {
    return networks[network].dynamic_syn || dynamic_syn_from[network].contains(remote);
  }
  /// The MAC address of a next hop, or null while it is not resolved.
  [[nodiscard]] const MacAddress* neighbour(Egress egress, Ipv4Address next_hop) const noexcept {
    const auto& map = egress == kInterconnect ? interconnect_neighbours : neighbours[egress];
    return map.find(next_hop.value());
  }
  [[nodiscard]] std::uint16_t mtu(Egress egress) const noexcept {
    return egress == kInterconnect ? interconnect.mtu : networks[egress].mtu;
  }
  [[nodiscard]] const MacAddress& own_mac(Egress egress) const noexcept {
    return egress == kInterconnect ? interconnect.mac : networks[egress].mac;
  }
};

}  // namespace encluster::switching
