// What the control thread knows of the cluster: the source from which every snapshot is compiled.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "encluster/packet.hpp"
#include "encluster/routing_function.hpp"
#include "encluster/types.hpp"
#include "switching/route_table.hpp"

namespace encluster::switching {

/// An external network and the address by which it knows the cluster.
struct NetworkState {
  std::string name;
  Ipv4Prefix address;        ///< the cluster address, with the network's mask
  MacAddress mac{};          ///< of the gateway's device on this network
  bool dynamic_syn = true;   ///< may all remotes open TCP connections to dynamic ports?
  std::uint16_t mtu = 1500;  ///< bytes of IP that a frame to this network may carry
  std::vector<Ipv4Prefix> dynamic_syn_from{};  ///< if not all may: those that may
};

struct InterconnectState {
  Ipv4Prefix address;  ///< the gateway's own, with the interconnect's mask
  MacAddress mac{};
  std::uint16_t mtu = 1500;  ///< bytes of IP that a frame to a node may carry
};

/// The dynamic ports. Slice n starts at first + n * slice_size.
struct PortsState {
  PortNumber first{std::uint16_t{16384}};
  std::uint32_t slice_size = 0;  ///< a power of two; 0: no slices
};

struct NodeState {
  std::string name;
  NodeId id;
  Ipv4Address address;       ///< on the interconnect
  std::uint16_t weight = 1;  ///< 0: no new sessions
  bool up = true;
  bool draining = false;
  PortNumber mount_port{};  ///< where its mountd listens; 0: not known
};

/// A MAC address that the gateway's kernel resolved.
struct Neighbour {
  Egress egress = kInterconnect;
  Ipv4Address address;
  MacAddress mac{};

  friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

/// A port that a node holds alone, on every network, by its asking.
struct LeaseState {
  Protocol protocol = Protocol::udp;
  PortNumber port;
  NodeId node;

  friend bool operator==(const LeaseState&, const LeaseState&) = default;
};

/// How busy a node is, as its agent said.
struct NodeLoad {
  NodeId node;
  std::uint16_t load = 0;  ///< hundredths of runnable tasks a CPU

  friend bool operator==(const NodeLoad&, const NodeLoad&) = default;
};

/// A node that begins to take sessions gets a part of its share only, at first.
struct RisingNode {
  NodeId node;
  std::uint8_t parts = 1;  ///< of its weight, in kWholeShare: at least 1, and less than that

  friend bool operator==(const RisingNode&, const RisingNode&) = default;
};
inline constexpr std::uint8_t kWholeShare = 16;

/// Edited on the control thread only. `nodes` lists nodes 1 and up: the gateway, node 0, is
/// implied. Whoever edits keeps it sound: node identifiers differ and are at most kMaxNodeId, every
/// node's slice ends at or below port 65535, there are at most kMaxNetworks networks, and no lease
/// is of a slice's port, of a service's, or of one that another lease has.
struct ClusterState {
  std::string name;
  std::vector<NetworkState> networks;
  InterconnectState interconnect;
  PortsState ports;
  std::vector<NodeState> nodes;
  std::uint16_t gateway_weight = 1;
  bool gateway_draining = false;
  std::vector<ServiceConfig> services;
  std::vector<ExportConfig> exports;
  std::vector<LeaseState> leases;
  std::vector<NodeLoad> loads;         ///< of nodes whose load is known, and worth knowing
  std::chrono::seconds slow_start{0};  ///< in which a node's share rises; 0: at once
  std::vector<RisingNode> rising;      ///< the gateway may be among them
  std::vector<Route> routes;
  std::vector<Neighbour> neighbours;
  PortNumber mount_lists_port{};  ///< of ClusterView
  Seconds ask_idle_after = 7200;  ///< of silence, a node is asked of a connection; at most that
  /// Nodes have connections that the tables do not know yet: TCP without one is dropped silently.
  bool recovering = false;
};

}  // namespace encluster::switching
