#include "datapath/receiver.hpp"

#include <rte_prefetch.h>

#include "datapath/packet_from_mbuf.hpp"

namespace encluster::datapath {

std::span<Packet> Receiver::from_network(NicPort& port, std::uint16_t queue,
                                         NetworkIndex network) noexcept {
  return from_device(port, queue, Origin::network, network, counters_.network_received[network]);
}

std::span<Packet> Receiver::from_interconnect(NicPort& port, std::uint16_t queue) noexcept {
  return from_device(port, queue, Origin::interconnect, 0, counters_.interconnect_received);
}

std::span<Packet> Receiver::from_device(NicPort& port, std::uint16_t queue, Origin origin,
                                        NetworkIndex network,
                                        switching::Traffic& received) noexcept {
  std::array<rte_mbuf*, kBurst> buffers;
  const std::uint16_t fetched = port.receive(queue, buffers);
  const std::span<rte_mbuf*> full = std::span(buffers).first(fetched);
  std::uint64_t bytes = 0;
  for (rte_mbuf* buffer : full) {
    rte_prefetch0(rte_pktmbuf_mtod(buffer, void*));
    bytes += buffer->pkt_len;
  }
  count_ = 0;
  for (rte_mbuf* buffer : full) append(*buffer, origin, network, port.vlan());
  received.packets.add(fetched);
  received.bytes.add(bytes);
  return std::span(burst_).first(count_);
}

std::span<Packet> Receiver::from_worker(HandoffRing& ring, Side side) noexcept {
  std::array<HandedFrame, kBurst> frames;
  const std::size_t fetched = ring.pop(frames);
  const std::span<HandedFrame> handed = std::span(frames).first(fetched);
  for (const HandedFrame& frame : handed) rte_prefetch0(rte_pktmbuf_mtod(frame.buffer, void*));
  const Origin origin = side == Side::outside ? Origin::network : Origin::interconnect;
  count_ = 0;
  for (const HandedFrame& frame : handed) {
    Packet& packet = burst_[count_++] = Packet{};
    fill_in(packet, *frame.buffer);
    packet.origin = origin;
    packet.network = frame.network;
  }
  return std::span(burst_).first(count_);
}

std::span<Packet> Receiver::from_kernel(LocalPath& path) noexcept {
  std::array<LocalFrame, kBurst> frames;
  const std::size_t fetched = path.from_kernel(frames);
  count_ = 0;
  for (const LocalFrame& frame : std::span(frames).first(fetched)) {
    if (frame.tap == kInterconnect) {
      append(*frame.buffer, Origin::local_interconnect, 0, kUntagged);
    } else {
      append(*frame.buffer, Origin::local_network, frame.tap, kUntagged);
    }
  }
  return std::span(burst_).first(count_);
}

void Receiver::append(rte_mbuf& buffer, Origin origin, NetworkIndex network,
                      std::uint16_t vlan) noexcept {
  Packet& packet = burst_[count_] = Packet{};
  const DropReason reason = describe(buffer, packet, vlan);
  if (reason != DropReason::none) {
    counters_.drops[static_cast<std::size_t>(reason)].add();
    rte_pktmbuf_free(&buffer);
    return;
  }
  packet.origin = origin;
  packet.network = network;
  ++count_;
}

}  // namespace encluster::datapath
