// What a frame says, for a test to compare and for a person to read. Written apart from the code
// under test: slow, plain, and with a checksum of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "encluster/packet.hpp"
#include "encluster/types.hpp"

namespace encluster::test {

/// The internet checksum of `bytes` byte by byte (RFC 1071), as a host number.
[[nodiscard]] std::uint16_t reference_checksum(std::span<const std::byte> bytes);

/// The checksum that a TCP, UDP or ICMP message should have, its own field counted as it stands.
[[nodiscard]] std::uint16_t reference_transport_checksum(Ipv4Address source,
                                                         Ipv4Address destination,
                                                         std::uint8_t protocol,
                                                         std::span<const std::byte> message);

/// True if the IP header's checksum is right, and that of the message, where it has one and is
/// whole. False for a frame that is too short to hold what it announces, or not IPv4.
[[nodiscard]] bool checksums_ok(std::span<const std::byte> frame);
[[nodiscard]] bool checksums_ok(const Packet& packet);

/// One line: "192.0.2.1:513 > 10.77.0.11:1023 TCP S seq 1", then "ack N" and "len N" where there is
/// an acknowledgment or payload. Also of UDP, ICMP, ARP and fragments; never fails.
[[nodiscard]] std::string describe(std::span<const std::byte> frame);
[[nodiscard]] std::string describe(const Packet& packet);

/// The payload of the message in a frame, without padding.
/// @pre describe() can name its protocol.
[[nodiscard]] std::string payload_of(std::span<const std::byte> frame);
[[nodiscard]] std::string payload_of(const Packet& packet);

[[nodiscard]] std::string to_string(Ipv4Address address);
[[nodiscard]] std::string to_string(const MacAddress& mac);

}  // namespace encluster::test
