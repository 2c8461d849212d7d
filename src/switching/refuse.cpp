#include "switching/refuse.hpp"

#include "net/headers.hpp"
#include "net/reply.hpp"

namespace encluster::switching {

void refuse(Packet& packet, DropReason reason, const BurstContext& context) noexcept {
  // The gateway's kernel believes no error that seems to come from itself: to it the remote speaks.
  const Ipv4Address speaker = packet.origin == Origin::interconnect
                                  ? context.snapshot.interconnect.address.address
                                  : packet.destination;
  const bool answered =
      packet.protocol == Protocol::tcp
          ? net::turn_into_reset(packet)
          : packet.protocol == Protocol::udp &&
                net::turn_into_unreachable(packet, net::kIcmpPortUnreachable, speaker);
  if (!answered) return packet.drop(reason);
  if (packet.protocol == Protocol::tcp) context.counters.resets_sent.add();
  packet.reason = reason;
  packet.egress = kInterconnect;
  packet.verdict = packet.origin == Origin::interconnect ? Verdict::answer : Verdict::local;
}

}  // namespace encluster::switching
