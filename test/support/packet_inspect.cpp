#include "support/packet_inspect.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "net/headers.hpp"

namespace encluster::test {

namespace {

using Span = std::span<const std::byte>;

Span bytes_of(const Packet& packet) { return {packet.frame, packet.length}; }

template <typename Header>
std::optional<Header> read(Span bytes) {
  if (bytes.size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

/// A datagram taken apart as far as its lengths allow.
struct Datagram {
  net::Ipv4Header ip;
  Span header;   ///< IP header with options
  Span message;  ///< what follows, without padding

  [[nodiscard]] bool is(Protocol protocol) const {
    return ip.protocol == static_cast<std::uint8_t>(protocol);
  }
  [[nodiscard]] std::size_t offset() const {
    return (ip.flags_and_offset.host() & net::kFragmentOffsetMask) * std::size_t{8};
  }
  [[nodiscard]] bool more() const {
    return (ip.flags_and_offset.host() & net::kMoreFragments) != 0;
  }
  [[nodiscard]] bool fragment() const { return more() || offset() != 0; }
};

std::optional<Datagram> take_apart(Span frame) {
  const auto ethernet = read<net::EthernetHeader>(frame);
  if (!ethernet || ethernet->type != net::kEtherTypeIpv4) return std::nullopt;
  const Span datagram = frame.subspan(sizeof *ethernet);
  const auto ip = read<net::Ipv4Header>(datagram);
  if (!ip || ip->version_and_length >> 4 != 4) return std::nullopt;
  const std::size_t header = ip->header_length();
  const std::size_t total = ip->total_length.host();
  if (header < sizeof *ip || total < header || total > datagram.size()) return std::nullopt;
  return Datagram{*ip, datagram.first(header), datagram.subspan(header, total - header)};
}

std::uint32_t sum_of(Span bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = std::to_integer<std::uint32_t>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

std::uint16_t complement(std::uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::string flag_letters(std::uint8_t flags) {
  constexpr std::string_view kLetters = "FSRPAUEC";
  std::string letters;
  for (std::size_t bit = 0; bit < kLetters.size(); ++bit) {
    if ((flags >> bit & 1) != 0) letters += kLetters[bit];
  }
  return letters.empty() ? "-" : letters;
}

std::string ends(const Datagram& datagram, Be16 source_port, Be16 destination_port) {
  return to_string(Ipv4Address(datagram.ip.source)) + ":" + std::to_string(source_port.host()) +
         " > " + to_string(Ipv4Address(datagram.ip.destination)) + ":" +
         std::to_string(destination_port.host());
}

std::string ends(const Datagram& datagram) {
  return to_string(Ipv4Address(datagram.ip.source)) + " > " +
         to_string(Ipv4Address(datagram.ip.destination));
}

std::string describe_tcp(const Datagram& datagram) {
  const auto tcp = read<net::TcpHeader>(datagram.message);
  if (!tcp) return ends(datagram) + " TCP, truncated";
  std::string line = ends(datagram, tcp->source_port, tcp->destination_port) + " TCP " +
                     flag_letters(tcp->flags) + " seq " + std::to_string(tcp->sequence.host());
  if ((tcp->flags & tcp_flag::ack) != 0) {
    line += " ack " + std::to_string(tcp->acknowledgment.host());
  }
  if (datagram.message.size() > tcp->header_length()) {
    line += " len " + std::to_string(datagram.message.size() - tcp->header_length());
  }
  return line;
}

std::string describe_udp(const Datagram& datagram) {
  const auto udp = read<net::UdpHeader>(datagram.message);
  if (!udp) return ends(datagram) + " UDP, truncated";
  return ends(datagram, udp->source_port, udp->destination_port) + " UDP len " +
         std::to_string(datagram.message.size() - sizeof *udp);
}

std::string describe_icmp(const Datagram& datagram) {
  const auto icmp = read<net::IcmpHeader>(datagram.message);
  if (!icmp) return ends(datagram) + " ICMP, truncated";
  const bool request = icmp->type == net::icmp_type::echo_request;
  if (request || icmp->type == net::icmp_type::echo_reply) {
    return ends(datagram) + " ICMP echo " + (request ? "request" : "reply") + " id " +
           std::to_string(icmp->identifier.host()) + " seq " +
           std::to_string(icmp->sequence.host());
  }
  return ends(datagram) + " ICMP type " + std::to_string(icmp->type) + " code " +
         std::to_string(icmp->code);
}

std::string describe_datagram(const Datagram& datagram) {
  if (datagram.fragment()) {
    return ends(datagram) + " protocol " + std::to_string(datagram.ip.protocol) + " fragment " +
           std::to_string(datagram.offset()) + (datagram.more() ? "+" : "") + " len " +
           std::to_string(datagram.message.size());
  }
  if (datagram.is(Protocol::tcp)) return describe_tcp(datagram);
  if (datagram.is(Protocol::udp)) return describe_udp(datagram);
  if (datagram.is(Protocol::icmp)) return describe_icmp(datagram);
  return ends(datagram) + " protocol " + std::to_string(datagram.ip.protocol);
}

std::string describe_arp(const net::ArpPacket& arp) {
  const std::string sender = to_string(Ipv4Address(arp.sender));
  if (arp.operation == net::kArpRequest) {
    return "ARP who has " + to_string(Ipv4Address(arp.target)) + ", tell " + sender;
  }
  return "ARP " + sender + " is at " + to_string(arp.sender_mac);
}

std::size_t transport_header_length(const Datagram& datagram) {
  if (!datagram.is(Protocol::tcp)) return sizeof(net::UdpHeader);
  const auto tcp = read<net::TcpHeader>(datagram.message);
  return tcp ? tcp->header_length() : sizeof(net::TcpHeader);
}

}  // namespace

std::uint16_t reference_checksum(Span bytes) { return complement(sum_of(bytes)); }

std::uint16_t reference_transport_checksum(Ipv4Address source, Ipv4Address destination,
                                           std::uint8_t protocol, Span message) {
  std::uint32_t sum = sum_of(message);
  if (protocol == static_cast<std::uint8_t>(Protocol::icmp)) return complement(sum);
  for (const std::uint32_t address : {source.value(), destination.value()}) {
    sum += (address >> 16) + (address & 0xffff);
  }
  sum += protocol + static_cast<std::uint32_t>(message.size());
  const std::uint16_t checksum = complement(sum);
  const bool udp = protocol == static_cast<std::uint8_t>(Protocol::udp);
  return udp && checksum == 0 ? std::uint16_t{0xffff} : checksum;
}

bool checksums_ok(Span frame) {
  const auto datagram = take_apart(frame);
  if (!datagram || reference_checksum(datagram->header) != 0) return false;
  if (datagram->fragment()) return true;
  Span message = datagram->message;
  if (datagram->is(Protocol::udp)) {
    const auto udp = read<net::UdpHeader>(message);
    if (!udp || udp->length.host() < sizeof *udp || udp->length.host() > message.size())
      return false;
    if (udp->checksum == Be16{}) return true;
    message = message.first(udp->length.host());
  }
  // With a right checksum in its place the sum is all ones, and its complement zero (which the UDP
  // rule turns into 0xffff).
  const std::uint16_t rest = reference_transport_checksum(Ipv4Address(datagram->ip.source),
                                                          Ipv4Address(datagram->ip.destination),
                                                          datagram->ip.protocol, message);
  return rest == (datagram->is(Protocol::udp) ? 0xffff : 0);
}

bool checksums_ok(const Packet& packet) { return checksums_ok(bytes_of(packet)); }

std::string describe(Span frame) {
  if (const auto datagram = take_apart(frame)) return describe_datagram(*datagram);
  const auto ethernet = read<net::EthernetHeader>(frame);
  if (ethernet && ethernet->type == net::kEtherTypeArp) {
    if (const auto arp = read<net::ArpPacket>(frame.subspan(sizeof *ethernet))) {
      return describe_arp(*arp);
    }
  }
  return "unreadable frame of " + std::to_string(frame.size()) + " bytes";
}

std::string describe(const Packet& packet) { return describe(bytes_of(packet)); }

std::string payload_of(Span frame) {
  const auto datagram = take_apart(frame);
  if (!datagram) return {};
  const std::size_t header = transport_header_length(*datagram);
  if (datagram->message.size() < header) return {};
  const Span payload = datagram->message.subspan(header);
  std::string text(payload.size(), '\0');
  std::memcpy(text.data(), payload.data(), payload.size());
  return text;
}

std::string payload_of(const Packet& packet) { return payload_of(bytes_of(packet)); }

std::string to_string(Ipv4Address address) {
  const std::uint32_t value = address.value();
  return std::to_string(value >> 24) + "." + std::to_string(value >> 16 & 0xff) + "." +
         std::to_string(value >> 8 & 0xff) + "." + std::to_string(value & 0xff);
}

std::string to_string(const MacAddress& mac) {
  std::array<char, 18> text{};
  std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                mac[3], mac[4], mac[5]);
  return text.data();
}

}  // namespace encluster::test
