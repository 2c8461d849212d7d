// A packet on its way through a worker: bytes, what the parser found, what the stages decided.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "encluster/drop_reason.hpp"
#include "encluster/types.hpp"

namespace encluster {

/// What becomes of a packet. Every packet leaves the pipeline with exactly one.
enum class Verdict : std::uint8_t {
  pending,  ///< no stage has decided yet; never leaves the pipeline
  forward,  ///< send out on `egress`; the frame is final
  local,    ///< hand to the gateway's own kernel, through the TAP of the side it came from
  drop,     ///< free, and count under `reason`
  hold,     ///< the pipeline keeps the buffer, and gives it back later
  answer,   ///< the frame was turned into a reply in place; send back on `egress`
  copy,     ///< to several nodes; the pipeline makes the copies, the packet itself is the first
};

/// The side a packet came from.
enum class Origin : std::uint8_t {
  network,             ///< an external network's device
  interconnect,        ///< the interconnect's device
  local_network,       ///< the gateway's kernel, through a network's TAP
  local_interconnect,  ///< the gateway's kernel, through the interconnect's TAP
};

/// What decided about a packet: for whoever explains verdicts. Read with `service`, `node` and the
/// ports, it names the very entry.
enum class Rule : std::uint8_t {
  admission,       ///< the frame's headers and addresses alone
  message_switch,  ///< an entry of the message switch, or its routing function
  slice,           ///< the partition of the dynamic ports
  connection,      ///< a connection, learnt port or echo identifier that was known already
  expectation,     ///< a connection that its node announced
  claim,           ///< a connection, port or identifier that the sender claimed by this packet
  unclaimed,       ///< outbound, of a kind that needs no claim
  quote,           ///< outbound ICMP error: the message that it quotes
  fragment,        ///< the way of its datagram's first fragment
  local_stack,     ///< nothing claims it, so it is the gateway's kernel's
  upkeep,          ///< the gateway made it itself
};

/// TCP flag bits as in the header's byte 13 (RFC 9293, section 3.1).
namespace tcp_flag {
inline constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10;
}

/// Which device a packet leaves by: a network's index, or the interconnect.
using Egress = std::uint8_t;
inline constexpr Egress kInterconnect = 0xff;

/// One packet. The creator (datapath, test, replay) fills the first group; `parse` the second; the
/// stages the third. Owned by one worker; the bytes belong to `handle`.
struct alignas(64) Packet {
  std::byte* frame = nullptr;  ///< first byte of the Ethernet header
  void* handle = nullptr;      ///< the creator's buffer (an mbuf), opaque to the core
  std::uint16_t length = 0;    ///< bytes of the frame, padding included
  std::uint16_t capacity = 0;  ///< bytes that may be written from `frame` on
  Origin origin = Origin::network;
  NetworkIndex network = 0;           ///< of origin `network` and `local_network`
  bool ip_checksum_verified = false;  ///< the device checked the IP header and found it right

  bool fragment = false;      ///< more fragments, or an offset (RFC 791)
  std::uint16_t l3 = 0;       ///< offset of the IP header
  std::uint16_t l4 = 0;       ///< offset of the TCP, UDP or ICMP header
  std::uint16_t payload = 0;  ///< offset of what follows it
  std::uint16_t end = 0;      ///< offset after the datagram's last byte (padding excluded)
  Ipv4Address source;
  Ipv4Address destination;
  PortNumber source_port;  ///< ICMP echo: the identifier, in both
  PortNumber destination_port;
  Protocol protocol{};
  std::uint8_t tcp_flags = 0;

  Verdict verdict = Verdict::pending;
  DropReason reason = DropReason::none;  ///< of `drop`, and of a reply that refuses the packet
  NodeId node;                           ///< outbound: the sender; inbound: the destination
  PortNumber rewritten_port;             ///< what the cluster's side of the packet will have:
                                         ///< inbound the node's port, outbound the cluster's
  ServiceIndex service = kNoService;
  Egress egress = 0;
  Rule rule = Rule::admission;  ///< the last that decided
  Ipv4Address next_hop;         ///< whose MAC address the frame needs
  std::uint16_t datagram = 0;   ///< of a fragment: the datagram that the pipeline follows; 0: none
  std::uint16_t router = 0;     ///< to a remote: number of the next hop in the snapshot; 0: none

  /// @pre the parser found the header.
  template <typename Header>
  [[nodiscard]] Header& header_at(std::uint16_t offset) const noexcept {
    return *reinterpret_cast<Header*>(frame + offset);
  }
  [[nodiscard]] std::span<std::byte> payload_bytes() const noexcept {
    return {frame + payload, frame + end};
  }
  void drop(DropReason why) noexcept {
    verdict = Verdict::drop;
    reason = why;
  }
  /// Notes the way that a stage found: to the node, at this port.
  void lead_to(NodeId to, PortNumber port, Rule by) noexcept {
    rule = by;
    node = to;
    rewritten_port = port;
  }
  [[nodiscard]] bool has(std::uint8_t flags) const noexcept { return (tcp_flags & flags) == flags; }
};
static_assert(sizeof(Packet) == 64, "one cache line");

inline constexpr std::size_t kMaxBurst = 64;

}  // namespace encluster
