// The gateway that is measured: the real pipeline over a cluster of three nodes, without devices.
#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>

#include "encluster/packet.hpp"
#include "switching/counters.hpp"
#include "switching/event_sink.hpp"
#include "switching/packet_pool.hpp"
#include "switching/pipeline.hpp"
#include "switching/snapshot.hpp"
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

class Gateway {
 public:
  static constexpr Seconds kNow = 1000;
  static constexpr std::uint32_t kEmbryonic = 16;

  /// A gateway with so many established logins. @throws std::runtime_error if they don't fit.
  Gateway(std::uint32_t logins, std::pmr::memory_resource* memory);

  [[nodiscard]] const switching::Snapshot& snapshot() const noexcept { return *snapshot_; }
  [[nodiscard]] switching::Pipeline& pipeline() noexcept { return *pipeline_; }
  [[nodiscard]] std::uint32_t logins() const noexcept { return logins_; }

 private:
  class NoBuffers : public switching::PacketPool {
   public:
    bool allocate(Packet&, std::uint16_t) noexcept override { return false; }
  };
  class LastAnswer : public switching::EventSink {
   public:
    void send(const switching::WorkerEvent& event) noexcept override { last = event; }
    switching::WorkerEvent last;
  };

  void insert_login(std::uint32_t number);

  std::uint32_t logins_;
  std::unique_ptr<const switching::Snapshot> snapshot_;
  NoBuffers pool_;
  LastAnswer answers_;
  switching::Counters counters_;
  std::unique_ptr<switching::Pipeline> pipeline_;
};

}  // namespace encluster::bench
