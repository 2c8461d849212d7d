// Frames for tests, built field by field: tcp().from(remote, 40000).to(cluster, 513).syn().build().
// Everything is right unless a test asks for it to be wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "encluster/packet.hpp"
#include "encluster/types.hpp"
#include "net/headers.hpp"
#include "support/frame.hpp"
#include "support/packet_inspect.hpp"

namespace encluster::test {

inline constexpr MacAddress kBuilderSourceMac{0x02, 0, 0, 0, 0, 0x51};
inline constexpr MacAddress kBuilderDestinationMac{0x02, 0, 0, 0, 0, 0xd2};

/// Describes one frame; build() may be called any number of times.
class PacketBuilder {
 public:
  /// Where it comes from and goes to. Ports mean nothing to ICMP and ARP.
  PacketBuilder& from(Ipv4Address address, std::uint16_t port = 0);
  PacketBuilder& from(Ipv4Address address, PortNumber port) { return from(address, port.value()); }
  PacketBuilder& to(Ipv4Address address, std::uint16_t port = 0);
  PacketBuilder& to(Ipv4Address address, PortNumber port) { return to(address, port.value()); }
  PacketBuilder& macs(const MacAddress& source, const MacAddress& destination);

  // TCP.
  PacketBuilder& flags(unsigned all);
  PacketBuilder& syn() { return flags(tcp_.flags | tcp_flag::syn); }
  PacketBuilder& fin() { return flags(tcp_.flags | tcp_flag::fin); }
  PacketBuilder& rst() { return flags(tcp_.flags | tcp_flag::rst); }
  PacketBuilder& psh() { return flags(tcp_.flags | tcp_flag::psh); }
  PacketBuilder& ack() { return flags(tcp_.flags | tcp_flag::ack); }
  PacketBuilder& ack(std::uint32_t number);
  PacketBuilder& seq(std::uint32_t number);
  PacketBuilder& window(std::uint16_t bytes);
  /// Padded with zeros to a whole word, at most 40 bytes.
  PacketBuilder& tcp_options(const std::vector<std::uint8_t>& bytes);

  // UDP.
  PacketBuilder& no_udp_checksum();
  /// The length field, right or wrong.
  PacketBuilder& udp_length(std::uint16_t bytes);

  // ICMP.
  PacketBuilder& identifier(std::uint16_t number);
  PacketBuilder& sequence(std::uint16_t number);

  // IP.
  /// Padded with zeros to a whole word, at most 40 bytes.
  PacketBuilder& ip_options(const std::vector<std::uint8_t>& bytes);
  PacketBuilder& identification(std::uint16_t number);
  PacketBuilder& dont_fragment();
  PacketBuilder& time_to_live(std::uint8_t hops);
  /// Makes it a fragment: what would be the transport header and payload are cut to the bytes from
  /// `offset` (a multiple of 8) on; `bytes` of them, or all.
  PacketBuilder& fragment(std::size_t offset, bool more_follow,
                          std::optional<std::size_t> bytes = std::nullopt);
  PacketBuilder& total_length(std::uint16_t bytes);

  // Anything.
  PacketBuilder& payload(std::string_view text);
  /// A literal as written, zero bytes within it included ("1022\0").
  template <std::size_t Size>
  PacketBuilder& payload(const char (&literal)[Size]) {
    return payload(std::string_view(literal, Size - 1));
  }
  PacketBuilder& payload(std::span<const std::byte> bytes);
  /// Flips a bit of the TCP, UDP or ICMP checksum.
  PacketBuilder& corrupt_checksum();
  PacketBuilder& corrupt_ip_checksum();
  PacketBuilder& ether_type(std::uint16_t type);
  /// Zeros (or `fill`) behind the datagram, as a short Ethernet frame has.
  PacketBuilder& padding(std::size_t bytes, std::uint8_t fill = 0);
  /// Cuts the finished frame to its first `bytes`.
  PacketBuilder& truncate(std::size_t bytes);

  [[nodiscard]] Frame build(std::size_t tailroom = Frame::kTailroom) const;

 private:
  friend PacketBuilder icmp(std::uint8_t type, std::uint8_t code);
  friend PacketBuilder other_protocol(std::uint8_t number);
  friend PacketBuilder arp(std::uint16_t operation);

  PacketBuilder() = default;
  [[nodiscard]] std::vector<std::byte> arp_packet() const;
  [[nodiscard]] std::vector<std::byte> datagram() const;
  [[nodiscard]] std::vector<std::byte> message() const;
  [[nodiscard]] std::vector<std::byte> transport_header() const;

  struct Cut {
    std::size_t offset;
    std::optional<std::size_t> bytes;
  };

  net::EthernetHeader ethernet_{kBuilderDestinationMac, kBuilderSourceMac, net::kEtherTypeIpv4};
  net::Ipv4Header ip_{};
  net::TcpHeader tcp_{};
  net::IcmpHeader icmp_{};
  Be16 arp_operation_;
  Ipv4Address source_;
  Ipv4Address destination_;
  Be16 source_port_;
  Be16 destination_port_;
  std::vector<std::byte> ip_options_;
  std::vector<std::byte> tcp_options_;
  std::vector<std::byte> payload_;
  std::vector<std::byte> padding_;
  std::optional<Be16> udp_length_;
  std::optional<Be16> total_length_;
  std::optional<Cut> cut_;
  std::optional<std::size_t> truncated_to_;
  bool udp_checksum_ = true;
  bool corrupt_checksum_ = false;
  bool corrupt_ip_checksum_ = false;
};

/// A TCP segment without flags, options or payload.
[[nodiscard]] PacketBuilder tcp();
[[nodiscard]] PacketBuilder udp();
/// The first 8 bytes of any ICMP message; what follows is the payload.
[[nodiscard]] PacketBuilder icmp(std::uint8_t type, std::uint8_t code = 0);
[[nodiscard]] PacketBuilder icmp_echo_request();
[[nodiscard]] PacketBuilder icmp_echo_reply();
/// An ICMP error that quotes the IP header and first 8 bytes of the datagram in `quoted`.
[[nodiscard]] PacketBuilder icmp_error(std::uint8_t type, std::uint8_t code, const Frame& quoted);
/// A datagram of any protocol; without a header of its own if it is not one of the three above.
[[nodiscard]] PacketBuilder other_protocol(std::uint8_t number);
/// An ARP packet of any operation; sender is `from` with the frame's source MAC, target is `to`.
[[nodiscard]] PacketBuilder arp(std::uint16_t operation);
/// Asks for the MAC address of `to`.
[[nodiscard]] PacketBuilder arp_request();
/// Tells `to` that `from` has the frame's source MAC.
[[nodiscard]] PacketBuilder arp_reply();

}  // namespace encluster::test
