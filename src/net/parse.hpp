// From bytes to a checked packet: the one place that reads headers nobody has looked at yet.
#pragma once

#include "encluster/packet.hpp"

namespace encluster::net {

/// What a frame turned out to be.
enum class FrameKind : std::uint8_t {
  bad,             ///< the packet has its drop verdict and reason
  arp,             ///< checked to hold a whole ARP packet for IPv4 over Ethernet; `l3` is set
  message,         ///< IPv4 with TCP, UDP or ICMP: all parser fields are set
  first_fragment,  ///< the first part of such a message, its whole transport header included
  later_fragment,  ///< another part: addresses, protocol, `l3`, `l4` and `end` are set, ports not
  other,           ///< IPv4 with another protocol (VRRP, OSPF, IGMP): as a later fragment; only the
          ///< gateway's own kernel sends and receives these
};

/// Parses one frame and checks every length, the IP header checksum (unless the device did), the
/// TCP flags and the ports. Reads nothing outside [frame, frame + length). Does not judge
/// addresses: that is the stages' part.
/// Sources: RFC 791, 9293, 768, 792, 826; 1858 and 3128 on tiny fragments.
[[nodiscard]] FrameKind parse(Packet& packet) noexcept;

}  // namespace encluster::net
