// Inside addresses in what leaves the cluster.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "encluster/types.hpp"

namespace encluster::fuzz {

/// What nobody outside may see, if the frame shows it: a source other than the cluster address, or
/// an address of the interconnect as destination, in an IP option, in what an ICMP error quotes or
/// a redirect advises, or in ARP. Payloads are the nodes' own affair.
[[nodiscard]] std::optional<std::string> leak_in(std::span<const std::byte> frame,
                                                 Ipv4Address cluster, const Ipv4Prefix& inside);

}  // namespace encluster::fuzz
