// The messages between the gateway and the nodes' agents, as plain values (docs/agent-protocol.md).
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "encluster/file_system_key.hpp"
#include "encluster/types.hpp"

namespace encluster::agent_protocol {

/// Changes when an older side would misunderstand a newer one; what is added compatibly does not
/// change it.
inline constexpr std::uint32_t kVersion = 1;

inline constexpr std::size_t kMaxNodeName = 64;    ///< bytes, as in the gateway's configuration
inline constexpr std::size_t kTokenSize = 32;      ///< bytes
inline constexpr std::size_t kMaxLeases = 4096;    ///< of one node
inline constexpr std::size_t kMaxServices = 256;   ///< ports with services of one node
inline constexpr std::size_t kMaxPrograms = 256;   ///< versions of RPC programs of one node
inline constexpr std::size_t kMaxReserved = 4096;  ///< ports of services in a slice
inline constexpr std::size_t kMaxText = 256;       ///< bytes, of what people read
inline constexpr std::size_t kMaxSockets = 1024;   ///< in one message
inline constexpr std::size_t kInstanceSize = 16;   ///< bytes
inline constexpr std::size_t kMaxHostKeys = 16;    ///< of one node
inline constexpr std::size_t kDigestSize = 32;     ///< bytes of a SHA-256
inline constexpr std::size_t kMaxExports = 256;    ///< of one node
inline constexpr std::size_t kMaxFileSystems = 512;   ///< of all exports of one node
inline constexpr std::size_t kMaxPath = 1023;         ///< bytes
inline constexpr std::size_t kMaxPathBytes = 32'768;  ///< of all paths in one message
inline constexpr std::size_t kMaxRefused = 256;       ///< exports and file systems told of at once
inline constexpr std::size_t kMaxEntries = 256;       ///< of the tree, in one message
inline constexpr std::size_t kMaxTree = 4096;         ///< entries in all

/// A process of a gateway: at random, anew with each start.
using Instance = std::array<std::uint8_t, kInstanceSize>;

/// A port that a node holds alone.
struct LeasedPort {
  Protocol protocol = Protocol::udp;  ///< TCP or UDP
  PortNumber port;                    ///< not 0

  friend auto operator<=>(const LeasedPort&, const LeasedPort&) = default;
};

/// A version of an RPC program (RFC 5531); neither number is 0.
struct RpcVersion {
  std::uint32_t program = 0;
  std::uint32_t version = 0;

  friend auto operator<=>(const RpcVersion&, const RpcVersion&) = default;
};
/// Rising, each once; at most kMaxPrograms of all services of a node.
using RpcVersions = std::vector<RpcVersion>;

/// A port whose messages a node wants because a program of its own serves there.
struct OfferedService {
  LeasedPort port;
  std::string name;   ///< 1 to kMaxNodeName bytes, printable ASCII: for people
  bool held = false;  ///< a gateway has said that it is this node's, and it was so until now
  RpcVersions programs{};  ///< that answer there: the cluster's portmapper is to tell of them

  friend bool operator==(const OfferedService&, const OfferedService&) = default;
};

/// The first message of a connection.
struct Join {
  std::uint32_t version = kVersion;
  std::string node;              ///< 1 to kMaxNodeName bytes, printable ASCII
  std::string token;             ///< kTokenSize bytes
  std::string boot_id;           ///< /proc/sys/kernel/random/boot_id: 36 characters
  std::vector<LeasedPort> held;  ///< leases that the node goes on using; at most kMaxLeases
  std::vector<OfferedService> services{};  ///< at most kMaxServices
  bool tree = false;                       ///< it wants to be told Tree

  friend bool operator==(const Join&, const Join&) = default;
};

struct LeaseRequest {
  std::uint64_t request = 0;  ///< chosen by the agent, comes back in the answer
  LeasedPort port;

  friend bool operator==(const LeaseRequest&, const LeaseRequest&) = default;
};

struct LeaseRelease {
  LeasedPort port;

  friend bool operator==(const LeaseRelease&, const LeaseRelease&) = default;
};

struct Heartbeat {
  std::uint64_t sequence = 0;
  std::uint32_t load = 0;  ///< hundredths of runnable tasks a CPU

  friend bool operator==(const Heartbeat&, const Heartbeat&) = default;
};

/// Of a TCP connection, in the kernel's numbers (net/tcp_states.h). LISTEN and CLOSE are none of a
/// connection.
enum class SocketState : std::uint8_t {
  established = 1,
  syn_sent = 2,
  syn_received = 3,
  fin_wait_1 = 4,
  fin_wait_2 = 5,
  time_wait = 6,
  close_wait = 8,
  last_ack = 9,
  closing = 11,
};

/// A TCP connection of the node; no port is 0.
struct TcpSocket {
  Ipv4Address remote{};
  PortNumber remote_port{};
  PortNumber port{};   ///< the node's own
  PortNumber shown{};  ///< by the cluster: as `port` unless the gateway renumbered it
  SocketState state = SocketState::established;

  friend bool operator==(const TcpSocket&, const TcpSocket&) = default;
};

/// What the node has, told after each Welcome: so many messages as it takes.
struct Sockets {
  std::vector<TcpSocket> sockets;  ///< at most kMaxSockets
  bool last = false;               ///< all has been told

  friend bool operator==(const Sockets&, const Sockets&) = default;
};

/// By which the node's sshd shows who it is.
struct HostKey {
  std::string type;                                ///< "ssh-ed25519"; as a name
  std::array<std::uint8_t, kDigestSize> digest{};  ///< SHA-256 of the public key

  friend bool operator==(const HostKey&, const HostKey&) = default;
};

/// All that the node has. Told after Welcome, and when they change.
struct HostKeys {
  std::vector<HostKey> keys;  ///< at most kMaxHostKeys, rising by type, each type once

  friend bool operator==(const HostKeys&, const HostKeys&) = default;
};

/// Sent only to gateways whose Welcome says that they know it; of a service that is the node's,
/// too, when its programs have changed. A service is given back by LeaseRelease.
struct ServiceRequest {
  std::uint64_t request = 0;  ///< chosen by the agent, comes back in the answer
  LeasedPort port;
  std::string name;        ///< as OfferedService::name
  RpcVersions programs{};  ///< as OfferedService::programs

  friend bool operator==(const ServiceRequest&, const ServiceRequest&) = default;
};

/// A file system in an export. Paths are absolute, without '//', '.', '..' and '/' at their end,
/// and at most kMaxPath bytes of UTF-8 without control characters.
struct ExportedFileSystem {
  std::string path;        ///< as remotes mount it
  FileSystemKey key{};     ///< what its file handles have in common; none where that is not known
  std::uint64_t fsid = 0;  ///< as GETATTR tells: by it, remotes know a file system

  friend bool operator==(const ExportedFileSystem&, const ExportedFileSystem&) = default;
};

struct NodeExport {
  std::string path;
  std::vector<ExportedFileSystem> file_systems{};  ///< none: not known now, and as they were

  friend bool operator==(const NodeExport&, const NodeExport&) = default;
};

/// All that the node exports over NFS. Told after Welcome, before its sockets, and when it changes;
/// only to gateways whose Welcome says that they know it.
struct Exports {
  PortNumber mount_port{};            ///< of its mountd, UDP; 0: not known now, and as it was
  std::vector<NodeExport> exports{};  ///< at most kMaxExports, rising by path, each path once

  friend bool operator==(const Exports&, const Exports&) = default;
};

using FromAgent = std::variant<Join, LeaseRequest, LeaseRelease, Heartbeat, Sockets, HostKeys,
                               ServiceRequest, Exports>;

/// The cluster's address on one external network.
struct ClusterAddress {
  std::string network;  ///< 1 to kMaxNodeName bytes, printable ASCII
  Ipv4Address address;

  friend bool operator==(const ClusterAddress&, const ClusterAddress&) = default;
};

/// First and last port, both inside; neither is 0.
struct PortRange {
  PortNumber first;
  PortNumber last;

  friend bool operator==(const PortRange&, const PortRange&) = default;
};

/// What a node must know of the cluster. Sent again, whole, when it changes.
struct Settings {
  std::optional<PortRange> slice;        ///< nothing: the cluster has no dynamic ports
  std::vector<PortNumber> reserved;      ///< services' ports inside the slice; rising, differ
  std::vector<ClusterAddress> networks;  ///< at most kMaxNetworks

  friend bool operator==(const Settings&, const Settings&) = default;
};

/// Answers Join.
struct Welcome {
  std::uint64_t epoch = 0;  ///< counts this node's joins
  Settings settings;
  std::vector<LeasedPort> lost;  ///< of the held ones, and held services: no longer the node's
  std::chrono::milliseconds heartbeat{};  ///< from one heartbeat to the next; 100 ms to 1 min
  /// How long after an answered heartbeat was sent the node may go on using its leases; more than
  /// `heartbeat`, at most an hour.
  std::chrono::milliseconds fence{};
  Instance instance{};
  bool services = false;  ///< the gateway knows ServiceRequest
  bool exports = false;   ///< the gateway knows Exports

  friend bool operator==(const Welcome&, const Welcome&) = default;
};

enum class RefusalReason : std::uint8_t {
  version = 1,   ///< the gateway speaks another version
  credentials,   ///< no such node at this address, or another token: which one is not told
  superseded,    ///< a newer connection of the same node took over
  protocol,      ///< a message was malformed, or came at a wrong time
  busy,          ///< too many connections or messages
  reconfigured,  ///< the node is no longer in the gateway's configuration
};

/// The last message of a connection.
struct Refused {
  RefusalReason reason = RefusalReason::protocol;
  std::string text;  ///< at most kMaxText bytes, printable ASCII

  friend bool operator==(const Refused&, const Refused&) = default;
};

enum class LeaseResult : std::uint8_t {
  granted = 1,   ///< new, or the node had it already
  taken,         ///< another node has it
  quarantined,   ///< another node had it, and died: later, perhaps
  not_leasable,  ///< a slice's, or a configured service's
  too_many,      ///< the node has as many as it may
};

struct LeaseAnswer {
  std::uint64_t request = 0;
  LeaseResult result = LeaseResult::not_leasable;
  std::string owner;  ///< name of the node that has, or had, the port; else empty

  friend bool operator==(const LeaseAnswer&, const LeaseAnswer&) = default;
};

/// As LeaseResult, and with the same numbers. What is not granted is not the node's, be it that it
/// was before.
enum class ServiceResult : std::uint8_t {
  granted = 1,
  taken,
  quarantined,
  not_leasable,
  too_many,
  not_allowed,    ///< the gateway's configuration does not let this node serve there
  program_taken,  ///< an RPC program is another node's service; only where the request names some
};

struct ServiceAnswer {
  std::uint64_t request = 0;
  ServiceResult result = ServiceResult::not_allowed;
  std::string owner;    ///< as LeaseAnswer::owner, of the port or of the program
  bool untold = false;  ///< granted, but the portmapper is not to tell of all its programs

  friend bool operator==(const ServiceAnswer&, const ServiceAnswer&) = default;
};

struct HeartbeatAnswer {
  std::uint64_t sequence = 0;

  friend bool operator==(const HeartbeatAnswer&, const HeartbeatAnswer&) = default;
};

/// A connection of the node that the cluster shows under another port; no port is 0.
struct Renumbering {
  Ipv4Address remote{};
  PortNumber remote_port{};
  PortNumber port{};  ///< the node's own
  PortNumber shown{};

  friend bool operator==(const Renumbering&, const Renumbering&) = default;
};

/// At any time after Welcome: what is new, or all there is. The agent keeps what it was told
/// before.
struct Renumberings {
  std::vector<Renumbering> claims;  ///< at most kMaxSockets

  friend bool operator==(const Renumberings&, const Renumberings&) = default;
};

enum class ExportRefusal : std::uint8_t {
  path_taken = 1,  ///< the path is another node's
  not_allowed,     ///< the gateway's configuration does not let this node export it
  key_taken,       ///< file handles of the other one have the same key: calls go there
  fsid_taken,      ///< used, but remotes that mount both take them for one
  too_many,        ///< the cluster, or the export, has as many as it may
};

struct RefusedExport {
  std::string path;  ///< of the export, or of a file system in it
  ExportRefusal reason = ExportRefusal::not_allowed;
  std::string owner{};  ///< name of the other node, where there is one; else empty
  std::string other{};  ///< path of its export

  friend bool operator==(const RefusedExport&, const RefusedExport&) = default;
};

/// Of the exports that the node told last. Sent when it changes.
struct ExportsAnswer {
  std::vector<RefusedExport> refused;  ///< at most kMaxRefused: of more, the first

  friend bool operator==(const ExportsAnswer&, const ExportsAnswer&) = default;
};

/// A directory tree that the cluster exports.
struct TreeEntry {
  std::string path;
  std::string node;     ///< its name
  Ipv4Address address;  ///< of the node on the interconnect

  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

/// What the cluster exports. Told after Welcome, and when it changes: so many messages as it takes.
struct Tree {
  std::vector<TreeEntry> entries;  ///< at most kMaxEntries
  bool last = false;               ///< all has been told

  friend bool operator==(const Tree&, const Tree&) = default;
};

using FromGateway = std::variant<Welcome, Refused, Settings, LeaseAnswer, HeartbeatAnswer,
                                 Renumberings, ServiceAnswer, ExportsAnswer, Tree>;

}  // namespace encluster::agent_protocol
