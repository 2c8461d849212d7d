// Options of the IP header (RFC 791, section 3.1).
#pragma once

#include <cstddef>
#include <span>

#include "encluster/packet.hpp"

namespace encluster::net {

/// Puts "no operation" in the place of every option that lists addresses of hosts on the way
/// (source routes, record route, time stamps): a node's kernel writes its own into them. Of an ICMP
/// error, those that are quoted too. Checksums follow. @pre parsed.
void conceal_addresses_in_options(Packet& packet) noexcept;

/// Puts "no operation" in the place of every option that only the first fragment has.
/// @param options what follows the fixed 20 bytes of the header
void keep_copied_options(std::span<std::byte> options) noexcept;

}  // namespace encluster::net
