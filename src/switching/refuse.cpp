#include "switching/refuse.hpp"

#include "net/headers.hpp"
#include "net/reply.hpp"

namespace encluster::switching {

void refuse(Packet& packet, DropReason reason, const BurstContext& context) noexcept {
  const Ipv4Address own = packet.origin == Origin::interconnect
                              ? context.snapshot.interconnect.address.address
                              : context.snapshot.networks[packet.network].address.address;
  const bool answered =
      packet.protocol == Protocol::tcp
          ? net::turn_into_reset(packet)
          : packet.protocol == Protocol::udp &&
                net::turn_into_unreachable(packet, net::kIcmpPortUnreachable, own);
  if (!answered) return packet.drop(reason);
  if (packet.protocol == Protocol::tcp) context.counters.resets_sent.add();
  packet.reason = reason;
  packet.egress = kInterconnect;
  packet.verdict = packet.origin == Origin::interconnect ? Verdict::answer : Verdict::local;
}

}  // namespace encluster::switching
