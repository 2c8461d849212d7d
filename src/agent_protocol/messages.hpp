// The messages between the gateway and the nodes' agents, as plain values (docs/agent-protocol.md).
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::agent_protocol {

/// Changes when an older side would misunderstand a newer one; what is added compatibly does not
/// change it.
inline constexpr std::uint32_t kVersion = 1;

inline constexpr std::size_t kMaxNodeName = 64;    ///< bytes, as in the gateway's configuration
inline constexpr std::size_t kTokenSize = 32;      ///< bytes
inline constexpr std::size_t kMaxLeases = 4096;    ///< of one node
inline constexpr std::size_t kMaxReserved = 4096;  ///< ports of services in a slice
inline constexpr std::size_t kMaxText = 256;       ///< bytes, of what people read

/// A port that a node holds alone.
struct LeasedPort {
  Protocol protocol = Protocol::udp;  ///< TCP or UDP
  PortNumber port;                    ///< not 0

  friend auto operator<=>(const LeasedPort&, const LeasedPort&) = default;
};

/// The first message of a connection.
struct Join {
  std::uint32_t version = kVersion;
  std::string node;              ///< 1 to kMaxNodeName bytes, printable ASCII
  std::string token;             ///< kTokenSize bytes
  std::string boot_id;           ///< /proc/sys/kernel/random/boot_id: 36 characters
  std::vector<LeasedPort> held;  ///< leases that the node goes on using; at most kMaxLeases

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

using FromAgent = std::variant<Join, LeaseRequest, LeaseRelease, Heartbeat>;

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
  std::vector<LeasedPort> lost;           ///< of the held ones: no longer the node's
  std::chrono::milliseconds heartbeat{};  ///< from one heartbeat to the next; 100 ms to 1 min
  /// How long after an answered heartbeat was sent the node may go on using its leases; more than
  /// `heartbeat`, at most an hour.
  std::chrono::milliseconds fence{};

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

struct HeartbeatAnswer {
  std::uint64_t sequence = 0;

  friend bool operator==(const HeartbeatAnswer&, const HeartbeatAnswer&) = default;
};

using FromGateway = std::variant<Welcome, Refused, Settings, LeaseAnswer, HeartbeatAnswer>;

}  // namespace encluster::agent_protocol
