// What a frame says, read and written field by field and slowly. Part of the reference model: uses
// nothing of the code under test but its names for numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "encluster/drop_reason.hpp"
#include "encluster/packet.hpp"
#include "encluster/types.hpp"

namespace encluster::model {

using Bytes = std::vector<std::byte>;

enum class Kind : std::uint8_t { bad, arp, message, fragment, other };

/// A frame taken apart. Numbers are in host order.
struct Message {
  Bytes frame;
  Kind kind = Kind::bad;
  DropReason reason = DropReason::none;  ///< of `bad`

  MacAddress to_mac{};
  Ipv4Address source;       ///< of ARP: the sender
  Ipv4Address destination;  ///< of ARP: the target
  std::uint8_t protocol = 0;
  std::uint16_t source_port = 0;  ///< of an echo the identifier, in both
  std::uint16_t destination_port = 0;
  std::uint8_t flags = 0;  ///< TCP
  std::uint8_t type = 0;   ///< ICMP
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::size_t transport = 0;  ///< offset of the TCP, UDP or ICMP header
  std::size_t payload = 0;
  std::size_t end = 0;
  bool checksum_right = false;     ///< the transport's
  bool may_be_fragmented = false;  ///< or is: anything but DF among the flags
  bool hairpin = false;            ///< a node's to the cluster; set by the model

  [[nodiscard]] bool tcp() const { return protocol == 6; }
  [[nodiscard]] bool udp() const { return protocol == 17; }
  [[nodiscard]] bool icmp() const { return protocol == 1; }
  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  /// A SYN that is no answer to one.
  [[nodiscard]] bool opens() const { return tcp() && has(tcp_flag::syn) && !has(tcp_flag::ack); }
  [[nodiscard]] bool group_mac() const { return (to_mac[0] & 1) != 0; }
};

[[nodiscard]] Message read(const Bytes& frame);

// Changes to a message's frame; fields follow. Checksums are computed anew where they were right.
void set_macs(Message& message, const MacAddress& from, const MacAddress& to);
void set_source(Message& message, Ipv4Address address, std::uint16_t port);
void set_destination(Message& message, Ipv4Address address, std::uint16_t port);
/// Replaces IP options by "no operation", but for router alert.
void conceal_options(Message& message);
/// Overwrites the start of the payload.
void set_digits(Message& message, std::uint16_t number);

/// The RST that answers a segment (RFC 9293, 3.5.2). Empty if it may not be answered.
[[nodiscard]] Bytes reset_for(const Message& message);
/// The ICMP port unreachable that answers a datagram (RFC 792). Empty if it may not be answered.
[[nodiscard]] Bytes port_unreachable_for(const Message& message, Ipv4Address from);
/// The bare ACK by which the gateway asks whether a connection lives.
[[nodiscard]] Bytes question(const MacAddress& from_mac, const MacAddress& to_mac, Ipv4Address from,
                             std::uint16_t from_port, Ipv4Address to, std::uint16_t to_port,
                             std::uint32_t sequence);

}  // namespace encluster::model
