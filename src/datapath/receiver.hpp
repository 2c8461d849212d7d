// Where a worker's packets come from.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "datapath/burst.hpp"
#include "datapath/handoff.hpp"
#include "datapath/local_path.hpp"
#include "datapath/nic_port.hpp"
#include "encluster/packet.hpp"
#include "switching/counters.hpp"

namespace encluster::datapath {

/// Fetches bursts, and counts them as received. Private to one worker. A returned burst is valid
/// until the next call.
class Receiver {
 public:
  explicit Receiver(switching::Counters& counters) : counters_(counters) {}

  [[nodiscard]] std::span<Packet> from_network(NicPort& port, std::uint16_t queue,
                                               NetworkIndex network) noexcept;
  [[nodiscard]] std::span<Packet> from_interconnect(NicPort& port, std::uint16_t queue) noexcept;
  /// What another worker received, and counted.
  [[nodiscard]] std::span<Packet> from_worker(HandoffRing& ring, Side side) noexcept;
  /// What the gateway's kernel sent, whichever TAP it came through. Counted by the pump.
  [[nodiscard]] std::span<Packet> from_kernel(LocalPath& path) noexcept;

 private:
  [[nodiscard]] std::span<Packet> from_device(NicPort& port, std::uint16_t queue, Origin origin,
                                              NetworkIndex network,
                                              switching::Traffic& received) noexcept;
  void append(rte_mbuf& buffer, Origin origin, NetworkIndex network, std::uint16_t vlan) noexcept;

  switching::Counters& counters_;
  std::size_t count_ = 0;
  std::array<Packet, kBurst> burst_;
};

}  // namespace encluster::datapath
