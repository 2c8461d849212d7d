// Which worker a frame belongs to, before anything else is known of it.
//
// A worker's tables are its own because every frame that concerns a remote reaches the same worker:
// both directions of a connection, all fragments of a datagram, the ICMP errors about it, and both
// ends of a hairpin, whose remote is the cluster address. Hence addresses alone decide, never
// ports.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "encluster/packet.hpp"
#include "encluster/types.hpp"

namespace encluster::switching {

/// The remote that a frame concerns:
///
///     from a network           the source
///     from the interconnect    the destination
///     from the kernel, outside the destination
///     an ICMP error            what the quoted datagram's other direction would say: the quote's
///                              destination from a network, otherwise its source; the frame's own
///                              address if the quote cannot be read
///
/// Pure; the frame is as received, of any length and contents, and may carry one VLAN tag.
/// @return nothing where no remote is concerned: ARP, redirects, other protocols than IPv4, broken
/// headers, and what the gateway's kernel sends inside
[[nodiscard]] std::optional<Ipv4Address> remote_of(std::span<const std::byte> frame,
                                                   Origin origin) noexcept;

/// The worker whose frame it is: the owner of its remote, or worker 0 where there is none.
/// @pre 1 <= workers <= kShardBuckets
[[nodiscard]] WorkerId steer(std::span<const std::byte> frame, Origin origin,
                             std::size_t workers) noexcept;

}  // namespace encluster::switching
