// Options of the IP header (RFC 791, section 3.1).
#pragma once

#include <cstddef>
#include <span>

#include "encluster/packet.hpp"

namespace encluster::net {

/// Puts "no operation" in the place of every option that may hold an address: all but router alert
/// (RFC 2113). Into a recorded route or time stamps a node's kernel writes its own. Of an ICMP
/// error, options that are quoted too. Checksums follow. @pre parsed.
void conceal_addresses_in_options(Packet& packet) noexcept;

/// Puts "no operation" in the place of every option that only the first fragment has.
/// @param options what follows the fixed 20 bytes of the header
void keep_copied_options(std::span<std::byte> options) noexcept;

}  // namespace encluster::net
