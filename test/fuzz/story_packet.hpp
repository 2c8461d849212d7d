// The packets of a story: built from a few choices, or frames as they are.
#pragma once

#include "fuzz/input.hpp"
#include "support/frame.hpp"

namespace encluster::fuzz {

struct StoryPacket {
  test::Frame frame;
  Origin origin = Origin::network;
  NetworkIndex network = 0;
  bool more = false;  ///< the next packet, if it comes from the same side, is of the same burst
};

/// Where packets come from: two networks, the interconnect, and the kernel behind each.
inline constexpr std::size_t kSides = 5;

/// Options of both kinds of packets, as bits.
namespace packet_option {
inline constexpr std::uint8_t more = 0x01, wrong_macs = 0x02, wrong_checksum = 0x04,
                              ip_option = 0x08, fragment = 0x10, literal_checksums = 0x20;
}

/// Operands: side, options, kind, source, destination, source port, destination port, flags,
/// payload. Addresses, ports and payloads are chosen from tables (story_packet.cpp); an address of
/// 0x80 and up is any address, one below is one that fits the side; a port of 0xf0 and up is
/// followed by the port as a word.
[[nodiscard]] StoryPacket read_message(Input& input);

/// Operands: side, options, length (a word), and so many bytes. MAC addresses and checksums are put
/// right unless the options say otherwise.
[[nodiscard]] StoryPacket read_frame(Input& input);

}  // namespace encluster::fuzz
