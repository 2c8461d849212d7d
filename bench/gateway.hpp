// The gateway that is measured: the real pipeline over a cluster of three nodes, without devices.
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
inline constexpr MacAddress kOutsideMac{0x02, 0, 0, 0, 0, 0x01};
inline constexpr MacAddress kInsideMac{0x02, 0, 0, 0, 0, 0x02};
inline constexpr PortNumber kLoginPort{std::uint16_t{513}};
inline constexpr std::uint16_t kNodes = 3;

/// The address of node 1 to kNodes on the interconnect.
[[nodiscard]] constexpr Ipv4Address address_of(NodeId node) {
  return Ipv4Address(10, 77, 0, static_cast<std::uint8_t>(10 + node.value()));
}

/// One of 2^17 hosts in the range that RFC 2544 sets aside for benchmarks.
[[nodiscard]] constexpr Ipv4Address remote(std::uint32_t number) {
  return Ipv4Address(Ipv4Address(198, 18, 0, 0).value() + number % (1u << 17));
}

/// A `count` of logins, numbered from 0, spread over remotes and nodes.
[[nodiscard]] Endpoint login_client(std::uint32_t number);
[[nodiscard]] NodeId login_node(std::uint32_t number);

/// Room for so many logins.
[[nodiscard]] switching::PipelineLimits limits_for(std::uint32_t logins);

/// Inserts an established login.
[[nodiscard]] switching::InsertConnection login_command(std::uint32_t number);

/// The measured gateway's cluster: three nodes and one service on all of them.
[[nodiscard]] switching::ClusterState cluster();

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

  /// A gateway with so many established logins. @throws std::runtime_error if they don't fit.
  Gateway(std::uint32_t logins, std::pmr::memory_resource* memory,
          const switching::FloodLimits& flood = {});

  [[nodiscard]] const switching::Snapshot& snapshot() const noexcept { return *snapshot_; }
  [[nodiscard]] switching::Pipeline& pipeline() noexcept { return *pipeline_; }
  [[nodiscard]] std::uint32_t logins() const noexcept { return logins_; }

 private:
  void insert_login(std::uint32_t number);

  std::uint32_t logins_;
  std::unique_ptr<const switching::Snapshot> snapshot_;
  NoBuffers pool_;
  LastAnswer answers_;
  switching::Counters counters_;
  std::unique_ptr<switching::Pipeline> pipeline_;
};

}  // namespace encluster::bench
