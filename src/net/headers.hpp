// Wire formats, as laid out in memory. Every field is at any alignment and in network order.
#pragma once

#include <array>
#include <cstdint>

#include "encluster/byte_order.hpp"
#include "encluster/types.hpp"

namespace encluster::net {

/// What every frame begins with.
struct LinkAddresses {
  MacAddress destination{};
  MacAddress source{};
};

/// IEEE 802.3, without tag.
struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  Be16 type;
};
static_assert(sizeof(EthernetHeader) == 14);

inline constexpr Be16 kEtherTypeIpv4{std::uint16_t{0x0800}};
inline constexpr Be16 kEtherTypeArp{std::uint16_t{0x0806}};
inline constexpr Be16 kEtherTypeVlan{std::uint16_t{0x8100}};
inline constexpr Be16 kEtherTypeServiceVlan{std::uint16_t{0x88a8}};  ///< the outer of two tags
inline constexpr Be16 kEtherTypeIpv6{std::uint16_t{0x86dd}};

/// ARP for IPv4 over Ethernet (RFC 826).
struct ArpPacket {
  Be16 hardware_type;
  Be16 protocol_type;
  std::uint8_t hardware_length;
  std::uint8_t protocol_length;
  Be16 operation;
  MacAddress sender_mac;
  Be32 sender;
  MacAddress target_mac;
  Be32 target;
};
static_assert(sizeof(ArpPacket) == 28);

inline constexpr Be16 kArpHardwareEthernet{std::uint16_t{1}};
inline constexpr Be16 kArpRequest{std::uint16_t{1}};
inline constexpr Be16 kArpReply{std::uint16_t{2}};

/// RFC 791.
struct Ipv4Header {
  std::uint8_t version_and_length;  ///< version 4 in the high half, words of header in the low
  std::uint8_t type_of_service;
  Be16 total_length;
  Be16 identification;
  Be16 flags_and_offset;
  std::uint8_t time_to_live;
  std::uint8_t protocol;
  Be16 checksum;
  Be32 source;
  Be32 destination;

  [[nodiscard]] constexpr std::uint16_t header_length() const noexcept {
    return static_cast<std::uint16_t>((version_and_length & 0x0f) * 4);
  }
};
static_assert(sizeof(Ipv4Header) == 20);

inline constexpr std::uint16_t kDontFragment = 0x4000;
inline constexpr std::uint16_t kMoreFragments = 0x2000;
inline constexpr std::uint16_t kFragmentOffsetMask = 0x1fff;

/// RFC 9293.
struct TcpHeader {
  Be16 source_port;
  Be16 destination_port;
  Be32 sequence;
  Be32 acknowledgment;
  std::uint8_t data_offset;  ///< words of header in the high half
  std::uint8_t flags;
  Be16 window;
  Be16 checksum;
  Be16 urgent;

  [[nodiscard]] constexpr std::uint16_t header_length() const noexcept {
    return static_cast<std::uint16_t>((data_offset >> 4) * 4);
  }
};
static_assert(sizeof(TcpHeader) == 20);

/// RFC 768. A checksum of zero means that there is none.
struct UdpHeader {
  Be16 source_port;
  Be16 destination_port;
  Be16 length;
  Be16 checksum;
};
static_assert(sizeof(UdpHeader) == 8);

namespace icmp_type {
inline constexpr std::uint8_t echo_reply = 0, unreachable = 3, source_quench = 4, redirect = 5,
                              echo_request = 8, time_exceeded = 11, parameter_problem = 12;
}

/// RFC 792; identifier and sequence belong to echo.
struct IcmpHeader {
  std::uint8_t type;
  std::uint8_t code;
  Be16 checksum;
  Be16 identifier;
  Be16 sequence;

  [[nodiscard]] constexpr bool is_echo() const noexcept {
    return type == icmp_type::echo_request || type == icmp_type::echo_reply;
  }
  /// An error that hosts believe; source quench is of the past (RFC 6633), and a redirect concerns
  /// its receiver's routes alone.
  [[nodiscard]] constexpr bool is_error() const noexcept {
    return type == icmp_type::unreachable || type == icmp_type::time_exceeded ||
           type == icmp_type::parameter_problem;
  }
};
static_assert(sizeof(IcmpHeader) == 8);

inline constexpr std::uint8_t kIcmpPortUnreachable = 3;
/// Its `sequence` field holds the MTU of the next link (RFC 1191).
inline constexpr std::uint8_t kIcmpFragmentationNeeded = 4;

}  // namespace encluster::net
