// Gives mutated frames right checksums, which a fuzzer would never find by itself.
#pragma once

#include <cstddef>
#include <span>

namespace encluster::fuzz {

/// Makes the checksum of the IP header right and, where the lengths allow to compute it, that of
/// the TCP, UDP or ICMP message. Anything else stays as it is.
void repair_checksums(std::span<std::byte> frame);

/// True for an ICMP message of nothing but zeros. Its checksum should be the other form of zero, so
/// that it is wrong, and yet becomes right by any update (RFC 1624).
[[nodiscard]] bool has_other_zero(std::span<const std::byte> frame);

}  // namespace encluster::fuzz
