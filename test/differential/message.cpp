#include "differential/message.hpp"

#include <algorithm>
#include <string>

#include "support/packet_inspect.hpp"

namespace encluster::model {

namespace {

constexpr std::size_t kIp = 14;
constexpr std::uint16_t kIpv4Type = 0x0800, kArpType = 0x0806, kIpv6Type = 0x86dd;

std::uint8_t byte_at(const Bytes& bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes.at(at));
}
std::uint16_t word_at(const Bytes& bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}
std::uint32_t long_at(const Bytes& bytes, std::size_t at) {
  return std::uint32_t{word_at(bytes, at)} << 16 | word_at(bytes, at + 2);
}
void put_word(Bytes& bytes, std::size_t at, std::uint16_t value) {
  bytes.at(at) = static_cast<std::byte>(value >> 8);
  bytes.at(at + 1) = static_cast<std::byte>(value);
}
void put_long(Bytes& bytes, std::size_t at, std::uint32_t value) {
  put_word(bytes, at, static_cast<std::uint16_t>(value >> 16));
  put_word(bytes, at + 2, static_cast<std::uint16_t>(value));
}

Message bad(Message message, DropReason reason) {
  message.kind = Kind::bad;
  message.reason = reason;
  return message;
}

/// SYN, FIN and RST exclude each other; what is neither SYN nor RST acknowledges.
bool contradictory(const Message& message) {
  const int exclusive =
      message.has(tcp_flag::syn) + message.has(tcp_flag::fin) + message.has(tcp_flag::rst);
  return exclusive > 1 || (exclusive == 0 && !message.has(tcp_flag::ack)) ||
         (message.has(tcp_flag::fin) && !message.has(tcp_flag::ack));
}

Message read_tcp(Message message) {
  const std::size_t at = message.transport;
  const std::size_t available = message.end - at;
  if (available < 20) return bad(message, DropReason::tcp_header);
  const std::size_t header = (byte_at(message.frame, at + 12) >> 4) * std::size_t{4};
  if (header < 20 || header > available) return bad(message, DropReason::tcp_header);
  message.flags = byte_at(message.frame, at + 13);
  if (contradictory(message)) return bad(message, DropReason::tcp_flags);
  message.source_port = word_at(message.frame, at);
  message.destination_port = word_at(message.frame, at + 2);
  if (message.source_port == 0 || message.destination_port == 0) {
    return bad(message, DropReason::port_zero);
  }
  message.sequence = long_at(message.frame, at + 4);
  message.acknowledgment = long_at(message.frame, at + 8);
  message.payload = at + header;
  return message;
}

Message read_udp(Message message) {
  const std::size_t at = message.transport;
  if (message.end - at < 8) return bad(message, DropReason::udp_header);
  const std::size_t length = word_at(message.frame, at + 4);
  if (length < 8 || length > message.end - at) return bad(message, DropReason::udp_header);
  message.source_port = word_at(message.frame, at);
  message.destination_port = word_at(message.frame, at + 2);
  if (message.destination_port == 0) return bad(message, DropReason::port_zero);
  message.payload = at + 8;
  return message;
}

Message read_icmp(Message message) {
  const std::size_t at = message.transport;
  if (message.end - at < 8) return bad(message, DropReason::icmp_header);
  message.type = byte_at(message.frame, at);
  if (message.type == 0 || message.type == 8) {
    message.source_port = message.destination_port = word_at(message.frame, at + 4);
  }
  message.payload = at + 8;
  return message;
}

Message read_fragment(Message message, std::uint16_t flags_and_offset) {
  const std::size_t bytes = message.end - message.transport;
  const bool more = (flags_and_offset & 0x2000) != 0;
  const std::size_t offset = (flags_and_offset & 0x1fff) * std::size_t{8};
  const std::size_t longest = 0xffff - (message.transport - kIp);
  if (bytes == 0 || (more && bytes % 8 != 0) || offset + bytes > longest) {
    return bad(message, DropReason::ip_length);
  }
  message.kind = Kind::fragment;
  return message;
}

Message read_ipv4(Message message) {
  const Bytes& frame = message.frame;
  if (frame.size() < kIp + 20) return bad(message, DropReason::frame_truncated);
  if (byte_at(frame, kIp) >> 4 != 4) return bad(message, DropReason::ip_version);
  const std::size_t header = (byte_at(frame, kIp) & 0x0f) * std::size_t{4};
  if (header < 20 || kIp + header > frame.size()) return bad(message, DropReason::ip_header);
  if (test::reference_checksum(std::span(frame).subspan(kIp, header)) != 0) {
    return bad(message, DropReason::ip_checksum);
  }
  const std::size_t total = word_at(frame, kIp + 2);
  if (total < header || kIp + total > frame.size()) return bad(message, DropReason::ip_length);
  message.protocol = byte_at(frame, kIp + 9);
  message.source = Ipv4Address(long_at(frame, kIp + 12));
  message.destination = Ipv4Address(long_at(frame, kIp + 16));
  message.transport = message.payload = kIp + header;
  message.end = kIp + total;
  message.checksum_right = test::checksums_ok(frame);
  message.kind = Kind::other;
  message.may_be_fragmented = false;
  if (!message.tcp() && !message.udp() && !message.icmp()) return message;
  const std::uint16_t flags_and_offset = word_at(frame, kIp + 6);
  message.may_be_fragmented = flags_and_offset != 0x4000;
  if ((flags_and_offset & 0x3fff) != 0) return read_fragment(std::move(message), flags_and_offset);
  message.kind = Kind::message;
  if (message.tcp()) return read_tcp(std::move(message));
  return message.udp() ? read_udp(std::move(message)) : read_icmp(std::move(message));
}

Message read_arp(Message message) {
  const Bytes& frame = message.frame;
  const bool right = frame.size() >= kIp + 28 && long_at(frame, kIp) == 0x00010800 &&
                     word_at(frame, kIp + 4) == 0x0604;
  if (!right) return bad(message, DropReason::frame_truncated);
  message.kind = Kind::arp;
  message.source = Ipv4Address(long_at(frame, kIp + 14));
  message.destination = Ipv4Address(long_at(frame, kIp + 24));
  return message;
}

std::size_t checksum_at(const Message& message) {
  return message.transport + (message.tcp() ? 16 : message.udp() ? 6 : 2);
}

void compute_ip_checksum(Bytes& frame) {
  const std::size_t header = (byte_at(frame, kIp) & 0x0f) * std::size_t{4};
  put_word(frame, kIp + 10, 0);
  put_word(frame, kIp + 10, test::reference_checksum(std::span(frame).subspan(kIp, header)));
}

void compute_checksum(Message& message) {
  const std::size_t field = checksum_at(message);
  const bool none = message.udp() && word_at(message.frame, field) == 0;
  if (none || !message.checksum_right) return;
  const std::size_t bytes = message.udp() ? word_at(message.frame, message.transport + 4)
                                          : message.end - message.transport;
  put_word(message.frame, field, 0);
  put_word(message.frame, field,
           test::reference_transport_checksum(
               message.source, message.destination, message.protocol,
               std::span(message.frame).subspan(message.transport, bytes)));
}

void compute_checksums(Message& message) {
  compute_ip_checksum(message.frame);
  compute_checksum(message);
}

bool is_echo(const Message& message) {
  return message.icmp() && (message.type == 0 || message.type == 8);
}

void put_port(Message& message, std::size_t offset, std::uint16_t port) {
  if (!message.icmp()) return put_word(message.frame, message.transport + offset, port);
  if (!is_echo(message)) return;
  put_word(message.frame, message.transport + 4, port);
  message.source_port = message.destination_port = port;
}

bool single_host(Ipv4Address address) {
  const std::uint32_t first = address.value() >> 24;
  return first != 0 && first != 127 && first < 224;
}

bool may_be_answered(const Message& message) {
  return !message.group_mac() && single_host(message.source) && single_host(message.destination);
}

/// Ethernet and IP headers of what the gateway says itself, and so many bytes behind them.
Bytes envelope(const MacAddress& from_mac, const MacAddress& to_mac, std::uint8_t protocol,
               Ipv4Address from, Ipv4Address to, std::size_t bytes) {
  Bytes frame(kIp + 20 + bytes);
  std::ranges::transform(to_mac, frame.begin(), [](auto byte) { return std::byte{byte}; });
  std::ranges::transform(from_mac, frame.begin() + 6, [](auto byte) { return std::byte{byte}; });
  put_word(frame, 12, kIpv4Type);
  put_word(frame, kIp, 0x4500);
  put_word(frame, kIp + 2, static_cast<std::uint16_t>(20 + bytes));
  put_word(frame, kIp + 6, 0x4000);
  put_word(frame, kIp + 8, static_cast<std::uint16_t>(64 << 8 | protocol));
  put_long(frame, kIp + 12, from.value());
  put_long(frame, kIp + 16, to.value());
  return frame;
}

Bytes with_checksums(const Bytes& frame) {
  Bytes finished = frame;
  compute_ip_checksum(finished);
  Message message = read(finished);
  message.checksum_right = true;
  compute_checksum(message);
  return message.frame;
}

Bytes segment(Bytes frame, std::uint16_t from, std::uint16_t to, std::uint32_t sequence,
              std::uint32_t acknowledgment, std::uint8_t flags) {
  const std::size_t at = kIp + 20;
  put_word(frame, at, from);
  put_word(frame, at + 2, to);
  put_long(frame, at + 4, sequence);
  put_long(frame, at + 8, acknowledgment);
  put_word(frame, at + 12, static_cast<std::uint16_t>(0x5000 | flags));
  return with_checksums(frame);
}

MacAddress mac_at(const Bytes& frame, std::size_t at) {
  MacAddress mac;
  for (std::size_t i = 0; i < mac.size(); ++i) mac[i] = byte_at(frame, at + i);
  return mac;
}

}  // namespace

Message read(const Bytes& frame) {
  Message message;
  message.frame = frame;
  if (frame.size() < kIp) return bad(message, DropReason::frame_truncated);
  message.to_mac = mac_at(frame, 0);
  switch (word_at(frame, 12)) {
    case kIpv4Type:
      return read_ipv4(std::move(message));
    case kArpType:
      return read_arp(std::move(message));
    case kIpv6Type:
      return bad(message, DropReason::ipv6);
    case 0x8100:
    case 0x88a8:
      return bad(message, DropReason::vlan);
    default:
      return bad(message, DropReason::ethertype);
  }
}

void set_macs(Message& message, const MacAddress& from, const MacAddress& to) {
  std::ranges::transform(to, message.frame.begin(), [](auto byte) { return std::byte{byte}; });
  std::ranges::transform(from, message.frame.begin() + 6,
                         [](auto byte) { return std::byte{byte}; });
}

void set_source(Message& message, Ipv4Address address, std::uint16_t port) {
  message.source = address;
  message.source_port = port;
  put_long(message.frame, kIp + 12, address.value());
  put_port(message, 0, port);
  compute_checksums(message);
}

void set_destination(Message& message, Ipv4Address address, std::uint16_t port) {
  message.destination = address;
  message.destination_port = port;
  put_long(message.frame, kIp + 16, address.value());
  put_port(message, 2, port);
  compute_checksums(message);
}

void conceal_options(Message& message) {
  std::size_t at = kIp + 20;
  while (at < message.transport && byte_at(message.frame, at) != 0) {
    const std::size_t left = message.transport - at;
    const bool single = byte_at(message.frame, at) == 1;
    const std::size_t length = single ? 1 : left < 2 ? 0 : byte_at(message.frame, at + 1);
    if (length > left || (!single && length < 2)) break;
    const bool router_alert = byte_at(message.frame, at) == 148 && length == 4;
    for (std::size_t i = 0; i < length && !router_alert; ++i) message.frame[at + i] = std::byte{1};
    at += length;
  }
  for (; at < message.transport; ++at) message.frame[at] = std::byte{0};
  compute_ip_checksum(message.frame);
}

void set_digits(Message& message, std::uint16_t number) {
  std::size_t at = message.payload;
  for (const char digit : std::to_string(number)) {
    message.frame.at(at++) = static_cast<std::byte>(digit);
  }
  compute_checksum(message);
}

Bytes reset_for(const Message& message) {
  if (message.has(tcp_flag::rst) || !may_be_answered(message)) return {};
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint8_t flags = tcp_flag::rst;
  if (message.has(tcp_flag::ack)) {
    sequence = message.acknowledgment;
  } else {
    flags |= tcp_flag::ack;
    acknowledgment = message.sequence + static_cast<std::uint32_t>(message.end - message.payload) +
                     message.has(tcp_flag::syn) + message.has(tcp_flag::fin);
  }
  return segment(envelope(message.to_mac, mac_at(message.frame, 6), 6, message.destination,
                          message.source, 20),
                 message.destination_port, message.source_port, sequence, acknowledgment, flags);
}

Bytes port_unreachable_for(const Message& message, Ipv4Address from) {
  if (!may_be_answered(message)) return {};
  const std::size_t quoted = message.transport - kIp + 8;
  Bytes frame =
      envelope(message.to_mac, mac_at(message.frame, 6), 1, from, message.source, 8 + quoted);
  put_word(frame, kIp + 20, 0x0303);
  std::copy_n(message.frame.begin() + kIp, quoted, frame.begin() + kIp + 28);
  return with_checksums(frame);
}

Bytes question(const MacAddress& from_mac, const MacAddress& to_mac, Ipv4Address from,
               std::uint16_t from_port, Ipv4Address to, std::uint16_t to_port,
               std::uint32_t sequence) {
  return segment(envelope(from_mac, to_mac, 6, from, to, 20), from_port, to_port, sequence, 0,
                 tcp_flag::ack);
}

}  // namespace encluster::model
