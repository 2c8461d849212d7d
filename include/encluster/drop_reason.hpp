// Every lost packet has a name, and the name has a sentence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace encluster {

enum class DropReason : std::uint8_t {
  none,
  // The frame itself.
  frame_truncated,
  not_our_mac,
  ethertype,
  ipv6,
  vlan,
  vlan_missing,
  ip_version,
  ip_header,
  ip_checksum,
  ip_length,
  protocol,
  tcp_header,
  tcp_flags,
  udp_header,
  icmp_header,
  port_zero,
  tiny_fragment,
  fragment_duplicate,
  fragment_overlap,
  fragment_limit,
  fragment_timeout,
  icmp_type,
  icmp_quote,
  // Where it comes from and where it wants to go.
  not_cluster_address,
  spoofed_source,
  other_network,
  unknown_source,
  arp_inside_address,
  no_route,
  unresolved,
  hold_full,
  hold_expired,
  inside_address,
  transit,
  // What it belongs to.
  no_connection,
  recovering,
  not_owner,
  foreign_slice,
  foreign_service,
  dynamic_syn_denied,
  connection_table_full,
  embryonic_full,
  syn_flood,
  claim_refused,
  claim_exhausted,
  announcement_exhausted,
  echo_exhausted,
  no_node,
  rate_limited,
  rpc_header,
  rpc_arguments,
  rpc_unavailable,
  not_exported,
  other_file_system,
  client_denied,
  routing_function,
  // What the gateway could not do.
  no_buffer,
  too_big,
  oversized,
  transmit_full,
  local_full,
  handoff_full,
  count_
};

inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(DropReason::count_);

struct DropReasonText {
  DropReason reason;
  std::string_view name;      ///< as in metrics, logs and the REST answers
  std::string_view sentence;  ///< for a person who reads docs or a table
};

inline constexpr std::array<DropReasonText, kDropReasons> kDropReasonTexts{{
    {DropReason::none, "none", "The packet was not dropped."},
    {DropReason::frame_truncated, "frame_truncated", "The frame ends before its headers do."},
    {DropReason::not_our_mac, "not_our_mac", "The frame is addressed to another station."},
    {DropReason::ethertype, "ethertype", "The frame carries neither IPv4 nor ARP."},
    {DropReason::ipv6, "ipv6", "The gateway does not carry IPv6."},
    {DropReason::vlan, "vlan", "The frame has a VLAN tag that this network does not use."},
    {DropReason::vlan_missing, "vlan_missing",
     "The frame has no VLAN tag, which all frames of this network must have."},
    {DropReason::ip_version, "ip_version", "The IP version is not 4."},
    {DropReason::ip_header, "ip_header", "The IP header is shorter than 20 bytes or than it says."},
    {DropReason::ip_checksum, "ip_checksum", "The IP header checksum is wrong."},
    {DropReason::ip_length, "ip_length", "The IP total length does not fit header and frame."},
    {DropReason::protocol, "protocol", "The protocol is not TCP, UDP or ICMP."},
    {DropReason::tcp_header, "tcp_header", "The TCP header is truncated or too short."},
    {DropReason::tcp_flags, "tcp_flags", "The TCP flags contradict each other."},
    {DropReason::udp_header, "udp_header", "The UDP header is truncated or its length is wrong."},
    {DropReason::icmp_header, "icmp_header", "The ICMP header is truncated."},
    {DropReason::port_zero, "port_zero", "A TCP port, or a UDP destination port, is zero."},
    {DropReason::tiny_fragment, "tiny_fragment",
     "The first fragment does not hold the whole TCP header, or another one begins inside it."},
    {DropReason::fragment_duplicate, "fragment_duplicate", "The same fragment has come before."},
    {DropReason::fragment_overlap, "fragment_overlap",
     "Fragments of the datagram overlap or contradict each other; the rest of it is dropped."},
    {DropReason::fragment_limit, "fragment_limit",
     "Too many fragments: of the datagram, of the sender's datagrams, or in all."},
    {DropReason::fragment_timeout, "fragment_timeout",
     "The first fragment of the datagram did not come in time."},
    {DropReason::icmp_type, "icmp_type", "An ICMP message of a type that is not carried."},
    {DropReason::icmp_quote, "icmp_quote",
     "An ICMP error does not quote a message that its receiver can have sent."},
    {DropReason::not_cluster_address, "not_cluster_address",
     "The destination is not the cluster address of the network it came from."},
    {DropReason::spoofed_source, "spoofed_source",
     "The source address cannot exist on the side the packet came from."},
    {DropReason::other_network, "other_network",
     "The route to the remote leads through another network (strict reverse path)."},
    {DropReason::unknown_source, "unknown_source",
     "The packet came over the interconnect from an address that is no node's."},
    {DropReason::arp_inside_address, "arp_inside_address",
     "An ARP packet outside concerns an address other than the cluster's."},
    {DropReason::no_route, "no_route", "No route leads to the destination."},
    {DropReason::unresolved, "unresolved", "The next hop's MAC address was not found in time."},
    {DropReason::hold_full, "hold_full", "Too many packets wait for the next hop already."},
    {DropReason::hold_expired, "hold_expired",
     "The routing function held the packet, and nothing changed in time."},
    {DropReason::inside_address, "inside_address",
     "The packet would have left with an inside address: a bug in the gateway or its kernel."},
    {DropReason::transit, "transit", "The packet is neither from nor to the cluster."},
    {DropReason::no_connection, "no_connection",
     "The segment belongs to no known connection; it was answered by RST unless it was one."},
    {DropReason::recovering, "recovering",
     "The gateway has just started, and its nodes have not told yet whose connection it is; the "
     "sender repeats the segment."},
    {DropReason::not_owner, "not_owner", "The connection belongs to another node."},
    {DropReason::foreign_slice, "foreign_slice", "The source port is in another node's slice."},
    {DropReason::foreign_service, "foreign_service",
     "The source port is that of a service which lives on another node."},
    {DropReason::dynamic_syn_denied, "dynamic_syn_denied",
     "The network allows no new connections to dynamic ports."},
    {DropReason::connection_table_full, "connection_table_full", "The connection table is full."},
    {DropReason::embryonic_full, "embryonic_full", "Too many SYNs await their answer."},
    {DropReason::syn_flood, "syn_flood",
     "SYNs come too fast to be remembered; the client has to repeat its own."},
    {DropReason::claim_refused, "claim_refused",
     "Another node has a connection with these addresses and ports, and the port is unprivileged."},
    {DropReason::claim_exhausted, "claim_exhausted",
     "No privileged port is left towards this remote service."},
    {DropReason::announcement_exhausted, "announcement_exhausted",
     "No port is left that an announced one could be replaced by."},
    {DropReason::echo_exhausted, "echo_exhausted",
     "No echo identifier is left towards this remote."},
    {DropReason::no_node, "no_node", "No node of the service is up and not draining."},
    {DropReason::rate_limited, "rate_limited", "A rate limit was reached."},
    {DropReason::rpc_header, "rpc_header",
     "The datagram is no RPC call: too short, of another kind, or its lengths contradict it."},
    {DropReason::rpc_arguments, "rpc_arguments",
     "The arguments of an RPC call are too short, or their lengths contradict it."},
    {DropReason::rpc_unavailable, "rpc_unavailable",
     "No such RPC program, version or procedure; the call was answered so."},
    {DropReason::not_exported, "not_exported",
     "The file handle, or the directory, is none of the cluster's; the call was answered so."},
    {DropReason::other_file_system, "other_file_system",
     "A file was to be moved or linked from one node to another; the call was answered so."},
    {DropReason::client_denied, "client_denied",
     "The export is not for this remote; the call was answered so."},
    {DropReason::routing_function, "routing_function", "The routing function refused the packet."},
    {DropReason::no_buffer, "no_buffer", "The packet pool is empty."},
    {DropReason::too_big, "too_big",
     "The datagram exceeds the MTU and must not be fragmented; its sender is told."},
    {DropReason::oversized, "oversized", "The frame is longer than the device's MTU allows."},
    {DropReason::transmit_full, "transmit_full", "The device did not take the packet."},
    {DropReason::local_full, "local_full",
     "The gateway's kernel, or a ring between it and the worker, did not take the packet."},
    {DropReason::handoff_full, "handoff_full",
     "The worker that owns the remote did not keep up with what another one received for it."},
}};

namespace detail {
constexpr bool drop_reasons_in_order() {
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (static_cast<std::size_t>(kDropReasonTexts[i].reason) != i) return false;
    if (kDropReasonTexts[i].name.empty() || kDropReasonTexts[i].sentence.empty()) return false;
  }
  return true;
}
}  // namespace detail
static_assert(detail::drop_reasons_in_order(), "kDropReasonTexts must follow the enumerators");

constexpr std::string_view name_of(DropReason reason) noexcept {
  return kDropReasonTexts[static_cast<std::size_t>(reason)].name;
}

}  // namespace encluster
