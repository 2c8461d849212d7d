// The gateway that is measured: the real pipeline over a cluster of some nodes, without devices.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <variant>

#include "encluster/packet.hpp"
#include "switching/cluster_state.hpp"
#include "switching/counters.hpp"
#include "switching/event_sink.hpp"
#include "switching/packet_pool.hpp"
#include "switching/pipeline.hpp"
#include "switching/snapshot.hpp"
#include "switching/worker_event.hpp"
#include "workload.hpp"

namespace encluster::bench {

inline constexpr Ipv4Address kCluster{192, 0, 2, 1};
inline constexpr Ipv4Address kRouter{192, 0, 2, 254};  ///< on the way to all remotes
inline constexpr MacAddress kOutsideMac{0x02, 0, 0, 0, 0, 0x01};
inline constexpr MacAddress kInsideMac{0x02, 0, 0, 0, 0, 0x02};
inline constexpr PortNumber kLoginPort{std::uint16_t{513}};
inline constexpr PortNumber kNfsPort{std::uint16_t{2049}};
inline constexpr PortNumber kMountPort{std::uint16_t{20048}};
inline constexpr PortNumber kNodeMountPort{std::uint16_t{892}};  ///< where nodes serve MOUNT

/// Hosts in the range that RFC 2544 sets aside for benchmarks.
inline constexpr std::uint32_t kRemotes = 1u << 17;

/// How large the cluster is, and its outside.
struct Scale {
  std::uint16_t nodes = 3;
  std::uint32_t remotes = kRemotes;  ///< at most all of them
};

/// The address of node 1 and following on the interconnect.
[[nodiscard]] constexpr Ipv4Address address_of(NodeId node) {
  return Ipv4Address(Ipv4Address(10, 77, 0, 10).value() + node.value());
}

/// Of the gateway's device that receives from there.
[[nodiscard]] constexpr const MacAddress& mac_of(Origin origin) {
  return origin == Origin::network ? kOutsideMac : kInsideMac;
}

/// Of the router's device, or a node's.
[[nodiscard]] constexpr MacAddress mac_of(Ipv4Address address) {
  return {0x02,
          0,
          0,
          1,
          static_cast<std::uint8_t>(address.value() >> 8),
          static_cast<std::uint8_t>(address.value())};
}

/// One of the remotes.
[[nodiscard]] constexpr Ipv4Address remote(std::uint32_t number, const Scale& scale = {}) {
  return Ipv4Address(Ipv4Address(198, 18, 0, 0).value() + number % scale.remotes);
}

/// A `count` of logins, numbered from 0, spread over remotes and nodes.
[[nodiscard]] Endpoint login_client(std::uint32_t number, const Scale& scale = {});
[[nodiscard]] NodeId login_node(std::uint32_t number, const Scale& scale = {});

/// A connection that a node opened from a privileged port (class E). They come in pairs: of two
/// nodes that use the same port towards a remote, the second is shown under another.
struct Claim {
  NodeId node;
  PortNumber port;
  PortNumber shown;
  Endpoint server;
};
/// The claim with this number; the odd ones are renumbered.
[[nodiscard]] Claim claim_of(std::uint32_t number);

/// A node's login to the cluster address, where another node serves it.
struct Hairpin {
  NodeId client;
  PortNumber port;
  NodeId server;
};
/// @param number below 500, so that ports stay privileged and apart from the service's
[[nodiscard]] Hairpin hairpin_of(std::uint32_t number);

/// How many connections of each kind a gateway has established.
struct Population {
  std::uint32_t logins = 0;
  std::uint32_t claims = 0;  ///< an even number
  std::uint32_t hairpins = 0;
  Scale scale = {};
  bool files = false;  ///< the nodes serve NFS and MOUNT
};

/// Room for so many records.
[[nodiscard]] switching::PipelineLimits limits_for(std::uint32_t records);

/// Inserts an established login.
[[nodiscard]] switching::InsertConnection login_command(std::uint32_t number,
                                                        const Scale& scale = {});

/// The measured gateway's cluster: rlogin on all nodes, slices as large as they can be, and if
/// `with_files` an export on each node.
[[nodiscard]] switching::ClusterState cluster(const Scale& scale = {}, bool with_files = false);

/// Secret of the hash functions: always the same, so that runs compare.
inline constexpr std::uint64_t kSeed = 0x2545f4914f6cdd1d;

class NoBuffers : public switching::PacketPool {
 public:
  bool allocate(Packet&, std::uint16_t) noexcept override { return false; }
};

class LastAnswer : public switching::EventSink {
 public:
  void send(const switching::WorkerEvent& event) noexcept override { last_ = event; }
  /// Was the command with this number carried out, as the last one?
  [[nodiscard]] bool done(std::uint32_t id) const noexcept {
    const auto* answer = std::get_if<switching::CommandDone>(&last_);
    return answer != nullptr && answer->id == id && answer->done;
  }

 private:
  switching::WorkerEvent last_;
};

class Gateway {
 public:
  static constexpr Seconds kNow = 1000;
  static constexpr std::uint32_t kEmbryonic = 16;

  /// @throws std::runtime_error if the connections don't fit.
  Gateway(const Population& population, std::pmr::memory_resource* memory,
          const switching::FloodLimits& flood = {});

  [[nodiscard]] const switching::Snapshot& snapshot() const noexcept { return *snapshot_; }
  [[nodiscard]] switching::Pipeline& pipeline() noexcept { return *pipeline_; }
  [[nodiscard]] const Population& population() const noexcept { return population_; }

 private:
  void insert(const switching::InsertConnection& connection);

  Population population_;
  std::unique_ptr<const switching::Snapshot> snapshot_;
  NoBuffers pool_;
  LastAnswer answers_;
  switching::Counters counters_;
  std::unique_ptr<switching::Pipeline> pipeline_;
};

}  // namespace encluster::bench
