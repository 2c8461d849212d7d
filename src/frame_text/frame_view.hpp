// A frame, looked at without changing it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "encluster/packet.hpp"
#include "net/headers.hpp"
#include "net/parse.hpp"

namespace encluster::frame_text {

/// What the parser makes of a frame. Valid as long as the bytes.
struct FrameView {
  /// @pre at most kMaxFrame bytes
  explicit FrameView(std::span<const std::byte> bytes);

  /// @pre the frame has an Ethernet header: is_ethernet()
  [[nodiscard]] const net::EthernetHeader& ethernet() const noexcept {
    return packet.header_at<net::EthernetHeader>(0);
  }
  [[nodiscard]] bool is_ethernet() const noexcept {
    return packet.length >= sizeof(net::EthernetHeader);
  }
  /// @pre kind is arp
  [[nodiscard]] const net::ArpPacket& arp() const noexcept {
    return packet.header_at<net::ArpPacket>(packet.l3);
  }
  /// IPv4 with sound addresses.
  [[nodiscard]] bool is_ip() const noexcept {
    return kind != net::FrameKind::bad && kind != net::FrameKind::arp;
  }
  /// Exactly this message from end to end, or a part of one.
  [[nodiscard]] bool has_ports() const noexcept {
    return kind == net::FrameKind::message && packet.protocol != Protocol::icmp;
  }

  Packet packet;  ///< parsed
  net::FrameKind kind;
};

[[nodiscard]] inline bool is_group(const MacAddress& mac) noexcept { return (mac[0] & 1) != 0; }

[[nodiscard]] std::string to_text(const MacAddress& mac);

/// Who says what to whom, in words.
struct FrameFacts {
  std::string source;       ///< address and port, address, or MAC address
  std::string destination;  ///< the same
  std::string protocol;     ///< "TCP", "UDP", "ICMP", "ARP", "protocol 112", "frame"
  std::string detail;       ///< flags, kind, length; may be empty

  /// "192.0.2.101:1023 > 192.0.2.1:513 TCP S"
  [[nodiscard]] std::string text() const;
};
[[nodiscard]] FrameFacts facts_of(std::span<const std::byte> frame);

}  // namespace encluster::frame_text
