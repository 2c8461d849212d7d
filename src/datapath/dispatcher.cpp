#include "datapath/dispatcher.hpp"

#include <cassert>

#include "datapath/packet_from_mbuf.hpp"

namespace encluster::datapath {

namespace {

switching::Counter& drops(switching::Counters& counters, DropReason reason) noexcept {
  return counters.drops[static_cast<std::size_t>(reason)];
}

/// The TAP of the side a packet came from.
Egress tap_of(const Packet& packet) noexcept {
  const bool inside =
      packet.origin == Origin::interconnect || packet.origin == Origin::local_interconnect;
  return inside ? kInterconnect : packet.network;
}

/// Makes the buffer as long as the packet has become.
rte_mbuf& resized_buffer_of(const Packet& packet) noexcept {
  rte_mbuf& buffer = buffer_of(packet);
  assert(packet.frame == rte_pktmbuf_mtod(&buffer, std::byte*));
  buffer.data_len = packet.length;
  buffer.pkt_len = packet.length;
  return buffer;
}

}  // namespace

Dispatcher::Dispatcher(WorkerId worker, const Ports& ports, LocalPath& local,
                       switching::Counters& counters)
    : local_(local),
      counters_(counters),
      interconnect_(*ports.interconnect, worker, counters.interconnect_sent,
                    drops(counters, DropReason::transmit_full)) {
  networks_.reserve(ports.networks.size());
  for (std::size_t network = 0; network < ports.networks.size(); ++network) {
    networks_.emplace_back(*ports.networks[network], worker, counters.network_sent[network],
                           drops(counters, DropReason::transmit_full));
  }
}

void Dispatcher::dispatch(std::span<Packet> burst) noexcept {
  for (Packet& packet : burst) dispatch(packet);
}

void Dispatcher::dispatch(Packet& packet) noexcept {
  switch (packet.verdict) {
    case Verdict::answer:
      if (packet.reason != DropReason::none) count(packet.reason);
      [[fallthrough]];
    case Verdict::forward:
    case Verdict::copy:
      return transmit(packet);
    case Verdict::local:
      if (packet.reason != DropReason::none) count(packet.reason);
      return to_kernel(packet);
    case Verdict::hold:
      return;
    case Verdict::pending:
      assert(false && "every packet leaves the pipeline with a verdict");
      [[fallthrough]];
    case Verdict::drop:
      return discard(packet, packet.reason);
  }
}

void Dispatcher::transmit(Packet& packet) noexcept {
  TransmitBuffer& device = transmit_buffer(packet.egress);
  if (packet.length > device.max_frame()) return discard(packet, DropReason::oversized);
  device.add(resized_buffer_of(packet));
}

void Dispatcher::to_kernel(Packet& packet) noexcept {
  if (!local_.to_kernel({&resized_buffer_of(packet), tap_of(packet)})) {
    discard(packet, DropReason::local_full);
  }
}

void Dispatcher::discard(Packet& packet, DropReason reason) noexcept {
  count(reason);
  rte_pktmbuf_free(&buffer_of(packet));
}

void Dispatcher::count(DropReason reason) noexcept { drops(counters_, reason).add(); }

void Dispatcher::flush() noexcept {
  for (TransmitBuffer& network : networks_) network.flush();
  interconnect_.flush();
  local_.announce();
}

TransmitBuffer& Dispatcher::transmit_buffer(Egress egress) noexcept {
  assert(egress == kInterconnect || egress < networks_.size());
  return egress == kInterconnect ? interconnect_ : networks_[egress];
}

}  // namespace encluster::datapath
