// A frame for a question: as a host would send it that nobody asked to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::rest {

/// One end of a message.
struct MessageEnd {
  MacAddress mac{};
  Ipv4Address address;
  PortNumber port;  ///< of an ICMP echo the identifier, at the source alone
};

/// An Ethernet frame with a segment without payload, an empty datagram, or an echo request; all
/// checksums are right.
/// @param tcp_flags of tcp_flag; of TCP alone
[[nodiscard]] std::vector<std::byte> make_frame(Protocol protocol, const MessageEnd& from,
                                                const MessageEnd& to, std::uint8_t tcp_flags);

/// The frame that carries this IP packet from one station to the other.
[[nodiscard]] std::vector<std::byte> make_frame(std::span<const std::byte> ip_packet,
                                                const MacAddress& from, const MacAddress& to);

}  // namespace encluster::rest
