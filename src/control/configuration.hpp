// The gateway's configuration as plain values. docs/configuration.md says the same for operators.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "control/configuration_error.hpp"
#include "control/configuration_format.hpp"
#include "encluster/routing_function.hpp"
#include "encluster/types.hpp"

namespace encluster::control {

/// `cluster`
struct ClusterConfig {
  std::string name;  ///< names the cluster in logs, metrics and answers
  /// In which the share of a node that begins to take sessions rises; 0: it has all of it at once.
  std::chrono::seconds slow_start{30};
};

/// An entry of `networks`: an external network, which knows the cluster by one address.
struct NetworkConfig {
  std::string name;                    ///< at most 12 of a-z, 0-9 and '-': part of the TAP's name
  std::string device;                  ///< PCI address or DPDK vdev string
  Ipv4Prefix address;                  ///< the cluster address, with the network's mask
  std::optional<Ipv4Address> gateway;  ///< next hop of the default route, where this network has it
  bool dynamic_syn = true;  ///< may all remotes open TCP connections to the nodes' dynamic ports?
  std::vector<Ipv4Prefix> dynamic_syn_from;  ///< if not all may: those that may
  std::uint16_t mtu = 1500;                  ///< bytes of IP that a frame may carry
  std::optional<std::uint16_t> vlan;         ///< the tag of all frames; nothing: they have none

  friend bool operator==(const NetworkConfig&, const NetworkConfig&) = default;
};

/// `interconnect`: the network between the gateway and the nodes.
struct InterconnectConfig {
  std::string device;
  Ipv4Prefix address;                 ///< the gateway's own, with the interconnect's mask
  std::uint16_t mtu = 1500;           ///< as of networks
  std::optional<std::uint16_t> vlan;  ///< as of networks

  friend bool operator==(const InterconnectConfig&, const InterconnectConfig&) = default;
};

/// What a worker does between two polls that found nothing.
enum class IdleMode : std::uint8_t {
  spin,   ///< polls again at once: lowest latency, a whole CPU
  pause,  ///< executes the CPU's pause instruction
  sleep,  ///< sleeps: for machines that have other work, such as test beds
};

/// `idle`
struct IdleConfig {
  IdleMode mode = IdleMode::sleep;
  std::chrono::microseconds sleep{50};  ///< how long, in mode `sleep`

  friend bool operator==(const IdleConfig&, const IdleConfig&) = default;
};

/// `memory`: what DPDK allocates at start.
struct MemoryConfig {
  bool hugepages = false;
  std::uint32_t megabytes = 256;

  friend bool operator==(const MemoryConfig&, const MemoryConfig&) = default;
};

/// `ports`: the dynamic ports and their partition among the nodes.
struct PortsConfig {
  PortNumber first{std::uint16_t{16384}};
  PortNumber last{std::uint16_t{65535}};
  std::optional<std::uint32_t> slice;  ///< ports a node, a power of two; nothing: `auto`

  friend bool operator==(const PortsConfig&, const PortsConfig&) = default;
};

/// What the remotes of a dead node's connections are told.
enum class OnNodeDeath : std::uint8_t {
  reset,  ///< that these are over: a RST, at once
  keep,   ///< nothing: the node may come back, with all it had
};

/// `connections`: bounds of each worker, and what ends them.
struct ConnectionsConfig {
  std::uint32_t maximum = 1u << 20;    ///< connections; each costs up to 32 bytes
  std::uint32_t embryonic = 1u << 16;  ///< of these, handshakes that are not over yet
  std::uint32_t syn_rate = 10'000;     ///< SYNs without room a second, before they must be repeated
  std::uint32_t ask_idle_after = 7200;  ///< seconds of silence, after which the node is asked
  OnNodeDeath on_node_death = OnNodeDeath::reset;

  friend bool operator==(const ConnectionsConfig&, const ConnectionsConfig&) = default;
};

/// `gateway`: node 0 as a candidate of services.
struct GatewayConfig {
  std::uint16_t weight = 1;  ///< 0: no new sessions
  bool draining = false;     ///< keeps its sessions, gets no new ones
};

/// An entry of `nodes`.
struct NodeConfig {
  std::string name;
  NodeId id;                 ///< 1 to 1023; also the number of its slice
  Ipv4Address address;       ///< on the interconnect
  std::uint16_t weight = 1;  ///< share of new sessions; 0: none
  bool draining = false;     ///< keeps its sessions, gets no new ones
  PortNumber mount_port{};   ///< where its mountd listens; 0: at the service's own port
};

/// `check` of a service: the gateway opens TCP connections to the service on each of its nodes.
struct CheckConfig {
  std::chrono::milliseconds interval{2000};  ///< from one attempt to the next
  std::chrono::milliseconds timeout{1000};   ///< after which an attempt has failed
  std::uint32_t fall = 3;                    ///< failures in a row until the node counts as down
  std::uint32_t rise = 2;                    ///< successes in a row until it is up again

  friend bool operator==(const CheckConfig&, const CheckConfig&) = default;
};

/// An entry of `services`.
struct ServiceEntry {
  ServiceConfig config;
  std::optional<CheckConfig> check;  ///< nothing: no active check
};

/// An entry of `agents.allow`: what a node may register by itself.
struct AllowedByNode {
  NodeId node;
  std::vector<ServicePorts> ports;   ///< of services
  std::vector<std::string> exports;  ///< directories; what lies in them may be exported
  std::vector<std::uint32_t>
      programs{};  ///< RPC programs at its ports: the portmapper tells of them

  friend bool operator==(const AllowedByNode&, const AllowedByNode&) = default;
};

/// `agents`: where the nodes' agents are served, and by which secrets. File names: as of rest.
struct AgentsConfig {
  Ipv4Address address;                                   ///< the gateway's own on the interconnect
  PortNumber port;                                       ///< TCP
  std::filesystem::path token_file;                      ///< a secret a node, see agent_tokens.hpp
  std::filesystem::path certificate_file{"agents.crt"};  ///< what the gateway shows, PEM
  std::filesystem::path key_file{"agents.key"};          ///< the certificate's private key, PEM
  std::vector<AllowedByNode> allow;                      ///< each node at most once
  std::filesystem::path exports_file{"/var/lib/encluster/exports.yaml"};  ///< see export_book.hpp

  friend bool operator==(const AgentsConfig&, const AgentsConfig&) = default;
};

/// `rest`: where to listen, and the files of what callers present and change.
struct RestConfig {
  Ipv4Address address;
  PortNumber port;
  std::filesystem::path token_file;  ///< absolute, or relative to the working directory
  std::filesystem::path roster_file{"/var/lib/encluster/roster.yaml"};  ///< see roster.hpp

  friend bool operator==(const RestConfig&, const RestConfig&) = default;
};

/// The whole file. Checked: whoever holds one may rely on every rule in docs/configuration.md.
struct Configuration {
  ClusterConfig cluster;
  std::vector<NetworkConfig> networks;  ///< at least one; index: NetworkIndex
  InterconnectConfig interconnect;
  std::uint32_t workers = 1;
  std::vector<std::uint32_t> cpus;  ///< one a worker; empty: the operating system chooses
  IdleConfig idle;
  MemoryConfig memory;
  PortsConfig ports;
  ConnectionsConfig connections;
  GatewayConfig gateway;
  std::vector<NodeConfig> nodes;
  std::vector<ServiceEntry> services;  ///< index: ServiceIndex
  std::vector<ExportConfig> exports;
  std::optional<AgentsConfig> agents;          ///< nothing: agents are not served
  std::optional<RestConfig> rest;              ///< nothing: no REST endpoint
  std::vector<std::filesystem::path> plugins;  ///< shared objects to load

  ConfigurationPlaces places;  ///< for problems that are found later
};

/// Networks' names become TAP names `ec-NAME`, which Linux limits to 15 characters.
inline constexpr std::size_t kMaxNetworkName = 12;
/// The interconnect's TAP is `ec-inside`.
inline constexpr const char* kReservedNetworkName = "inside";
/// Every host takes datagrams of 576 bytes (RFC 1122, section 3.3.2); the customary jumbo frame.
inline constexpr std::uint16_t kLeastMtu = 576;
inline constexpr std::uint16_t kMostMtu = 9216;
/// Tags 0 and 4095 name no VLAN (IEEE 802.1Q, table 9-2).
inline constexpr std::uint16_t kLastVlan = 4094;
/// Of nodes and of the gateway.
inline constexpr std::uint16_t kMaxWeight = 1000;
/// Far below what DPDK allows (128 threads) and the steering (switching::kShardBuckets).
inline constexpr std::uint32_t kMaxWorkers = 64;

inline constexpr std::size_t kMaxExports = 4096;
inline constexpr std::size_t kMaxExportKeys = 256;  ///< of one export

/// A node's name, `gateway` for node 0; its number, if there is no such node.
[[nodiscard]] std::string name_of(const Configuration& configuration, NodeId id);

/// A node's address on the interconnect; of node 0 the gateway's own. 0.0.0.0 of no node.
[[nodiscard]] Ipv4Address address_of(const Configuration& configuration, NodeId id);

/// The highest identifier among the nodes; 0 without nodes.
[[nodiscard]] NodeId highest_node(const Configuration& configuration) noexcept;

/// Ports a slice: as configured, or the largest power of two that fits (`auto`). Nothing if not
/// even one port a node fits, which a checked configuration excludes.
[[nodiscard]] std::optional<std::uint32_t> slice_size(const Configuration& configuration) noexcept;

}  // namespace encluster::control
