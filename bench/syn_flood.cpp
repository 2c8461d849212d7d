#include "syn_flood.hpp"

namespace encluster::bench {

void SynFlood::prepare(Batch& batch) {
  for (std::size_t i = 0; i < kBatch; ++i, ++next_) {
    // Ports above those of login_client().
    const auto port = static_cast<std::uint16_t>(1024 + (next_ >> 17) % 64512);
    batch.renew(i, {remote(next_), PortNumber(port)}, {kCluster, kLoginPort}, Origin::network,
                kOutsideMac, tcp_flag::syn);
  }
}

bool SynFlood::is_as_expected(const Packet& packet) const {
  if (!passes_ && packet.verdict == Verdict::drop) return packet.reason == DropReason::syn_flood;
  return packet.verdict == Verdict::forward && packet.egress == kInterconnect &&
         checksums_right(packet);
}

std::optional<std::string> SynFlood::fault(const Batch& batch) const {
  std::size_t dropped = 0;
  for (const Packet& packet : batch.packets()) {
    if (!is_as_expected(packet)) {
      return "a SYN is neither forwarded whole nor dropped as it should be: " +
             std::string(name_of(packet.reason));
    }
    if (packet.verdict == Verdict::drop) ++dropped;
  }
  if (!passes_ && dropped < kBatch * 9 / 10) return "more than a tenth of the SYNs pass";
  if (gateway_.pipeline().connections().embryonic() > Gateway::kEmbryonic) {
    return "there are more entries than allowed";
  }
  return std::nullopt;
}

}  // namespace encluster::bench
