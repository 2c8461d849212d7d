#include "support/packet_builder.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <stdexcept>

namespace encluster::test {

namespace {

using Bytes = std::vector<std::byte>;

template <typename Wire>
void append(Bytes& bytes, const Wire& value) {
  bytes.resize(bytes.size() + sizeof value);
  std::memcpy(bytes.data() + bytes.size() - sizeof value, &value, sizeof value);
}

void append(Bytes& bytes, const Bytes& more) { std::ranges::copy(more, std::back_inserter(bytes)); }

void overwrite(Bytes& bytes, std::size_t offset, std::uint16_t number) {
  const Be16 wire(number);
  std::memcpy(bytes.data() + offset, &wire, sizeof wire);
}

Bytes option_words(const std::vector<std::uint8_t>& options) {
  constexpr std::size_t kMaxOptions = 40;
  if (options.size() > kMaxOptions) throw std::invalid_argument("more than 40 bytes of options");
  Bytes words;
  for (const std::uint8_t byte : options) words.push_back(std::byte{byte});
  words.resize((words.size() + 3) / 4 * 4);
  return words;
}

std::uint8_t header_words(std::size_t bytes) { return static_cast<std::uint8_t>(bytes / 4); }

Be16 wire16(std::size_t number) { return Be16(static_cast<std::uint16_t>(number)); }

std::size_t checksum_offset(std::uint8_t protocol) {
  switch (protocol) {
    case static_cast<std::uint8_t>(Protocol::tcp):
      return offsetof(net::TcpHeader, checksum);
    case static_cast<std::uint8_t>(Protocol::udp):
      return offsetof(net::UdpHeader, checksum);
    default:
      return offsetof(net::IcmpHeader, checksum);
  }
}

}  // namespace

PacketBuilder& PacketBuilder::from(Ipv4Address address, std::uint16_t port) {
  source_ = address;
  source_port_ = Be16(port);
  return *this;
}

PacketBuilder& PacketBuilder::to(Ipv4Address address, std::uint16_t port) {
  destination_ = address;
  destination_port_ = Be16(port);
  return *this;
}

PacketBuilder& PacketBuilder::macs(const MacAddress& source, const MacAddress& destination) {
  ethernet_.source = source;
  ethernet_.destination = destination;
  return *this;
}

PacketBuilder& PacketBuilder::flags(unsigned all) {
  tcp_.flags = static_cast<std::uint8_t>(all);
  return *this;
}

PacketBuilder& PacketBuilder::ack(std::uint32_t number) {
  tcp_.acknowledgment = Be32(number);
  return ack();
}

PacketBuilder& PacketBuilder::seq(std::uint32_t number) {
  tcp_.sequence = Be32(number);
  return *this;
}

PacketBuilder& PacketBuilder::window(std::uint16_t bytes) {
  tcp_.window = Be16(bytes);
  return *this;
}

PacketBuilder& PacketBuilder::tcp_options(const std::vector<std::uint8_t>& bytes) {
  tcp_options_ = option_words(bytes);
  return *this;
}

PacketBuilder& PacketBuilder::no_udp_checksum() {
  udp_checksum_ = false;
  return *this;
}

PacketBuilder& PacketBuilder::udp_length(std::uint16_t bytes) {
  udp_length_ = Be16(bytes);
  return *this;
}

PacketBuilder& PacketBuilder::identifier(std::uint16_t number) {
  icmp_.identifier = Be16(number);
  return *this;
}

PacketBuilder& PacketBuilder::sequence(std::uint16_t number) {
  icmp_.sequence = Be16(number);
  return *this;
}

PacketBuilder& PacketBuilder::ip_options(const std::vector<std::uint8_t>& bytes) {
  ip_options_ = option_words(bytes);
  return *this;
}

PacketBuilder& PacketBuilder::identification(std::uint16_t number) {
  ip_.identification = Be16(number);
  return *this;
}

PacketBuilder& PacketBuilder::dont_fragment() {
  ip_.flags_and_offset = wire16(ip_.flags_and_offset.host() | net::kDontFragment);
  return *this;
}

PacketBuilder& PacketBuilder::time_to_live(std::uint8_t hops) {
  ip_.time_to_live = hops;
  return *this;
}

PacketBuilder& PacketBuilder::fragment(std::size_t offset, bool more_follow,
                                       std::optional<std::size_t> bytes) {
  ip_.flags_and_offset = wire16(offset / 8 | (more_follow ? net::kMoreFragments : 0U));
  cut_ = Cut{offset, bytes};
  return *this;
}

PacketBuilder& PacketBuilder::total_length(std::uint16_t bytes) {
  total_length_ = Be16(bytes);
  return *this;
}

PacketBuilder& PacketBuilder::payload(std::string_view text) {
  return payload(std::as_bytes(std::span(text)));
}

PacketBuilder& PacketBuilder::payload(std::span<const std::byte> bytes) {
  payload_.assign(bytes.begin(), bytes.end());
  return *this;
}

PacketBuilder& PacketBuilder::corrupt_checksum() {
  corrupt_checksum_ = true;
  return *this;
}

PacketBuilder& PacketBuilder::corrupt_ip_checksum() {
  corrupt_ip_checksum_ = true;
  return *this;
}

PacketBuilder& PacketBuilder::ether_type(std::uint16_t type) {
  ethernet_.type = Be16(type);
  return *this;
}

PacketBuilder& PacketBuilder::padding(std::size_t bytes, std::uint8_t fill) {
  padding_.assign(bytes, std::byte{fill});
  return *this;
}

PacketBuilder& PacketBuilder::truncate(std::size_t bytes) {
  truncated_to_ = bytes;
  return *this;
}

Frame PacketBuilder::build(std::size_t tailroom) const {
  Bytes frame;
  append(frame, ethernet_);
  append(frame, arp_operation_ == Be16{} ? datagram() : arp_packet());
  append(frame, padding_);
  if (truncated_to_) frame.resize(std::min(frame.size(), *truncated_to_));
  return Frame(std::move(frame), tailroom);
}

Bytes PacketBuilder::arp_packet() const {
  net::ArpPacket arp{};
  arp.hardware_type = net::kArpHardwareEthernet;
  arp.protocol_type = net::kEtherTypeIpv4;
  arp.hardware_length = sizeof(MacAddress);
  arp.protocol_length = sizeof(Be32);
  arp.operation = arp_operation_;
  arp.sender_mac = ethernet_.source;
  arp.sender = source_.wire();
  if (arp_operation_ == net::kArpReply) arp.target_mac = ethernet_.destination;
  arp.target = destination_.wire();
  Bytes bytes;
  append(bytes, arp);
  return bytes;
}

Bytes PacketBuilder::datagram() const {
  Bytes content = message();
  if (cut_) {
    content.erase(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(
                                                         std::min(cut_->offset, content.size())));
    if (cut_->bytes) content.resize(std::min(content.size(), *cut_->bytes));
  }
  net::Ipv4Header ip = ip_;
  const std::size_t header_length = sizeof ip + ip_options_.size();
  ip.version_and_length = static_cast<std::uint8_t>(0x40 | header_words(header_length));
  ip.total_length = total_length_.value_or(wire16(header_length + content.size()));
  ip.source = source_.wire();
  ip.destination = destination_.wire();
  Bytes bytes;
  append(bytes, ip);
  append(bytes, ip_options_);
  const std::uint16_t checksum = reference_checksum(bytes);
  overwrite(bytes, offsetof(net::Ipv4Header, checksum),
            corrupt_ip_checksum_ ? checksum ^ 0x0100 : checksum);
  append(bytes, content);
  return bytes;
}

Bytes PacketBuilder::message() const {
  Bytes bytes = transport_header();
  const bool checksummed = !bytes.empty();
  append(bytes, payload_);
  if (!checksummed ||
      (ip_.protocol == static_cast<std::uint8_t>(Protocol::udp) && !udp_checksum_)) {
    return bytes;
  }
  const std::uint16_t checksum =
      reference_transport_checksum(source_, destination_, ip_.protocol, bytes);
  overwrite(bytes, checksum_offset(ip_.protocol), corrupt_checksum_ ? checksum ^ 0x0100 : checksum);
  return bytes;
}

Bytes PacketBuilder::transport_header() const {
  Bytes bytes;
  switch (ip_.protocol) {
    case static_cast<std::uint8_t>(Protocol::tcp): {
      net::TcpHeader tcp = tcp_;
      tcp.source_port = source_port_;
      tcp.destination_port = destination_port_;
      tcp.data_offset =
          static_cast<std::uint8_t>(header_words(sizeof tcp + tcp_options_.size()) << 4);
      append(bytes, tcp);
      append(bytes, tcp_options_);
      break;
    }
    case static_cast<std::uint8_t>(Protocol::udp):
      append(bytes, net::UdpHeader{source_port_, destination_port_,
                                   udp_length_.value_or(wire16(8 + payload_.size())), Be16{}});
      break;
    case static_cast<std::uint8_t>(Protocol::icmp):
      append(bytes, icmp_);
      break;
    default:
      break;
  }
  return bytes;
}

PacketBuilder other_protocol(std::uint8_t number) {
  PacketBuilder builder;
  builder.ip_.protocol = number;
  builder.ip_.time_to_live = 64;
  builder.tcp_.window = Be16(std::uint16_t{65535});
  return builder;
}

PacketBuilder tcp() { return other_protocol(static_cast<std::uint8_t>(Protocol::tcp)); }

PacketBuilder udp() { return other_protocol(static_cast<std::uint8_t>(Protocol::udp)); }

PacketBuilder icmp(std::uint8_t type, std::uint8_t code) {
  PacketBuilder builder = other_protocol(static_cast<std::uint8_t>(Protocol::icmp));
  builder.icmp_.type = type;
  builder.icmp_.code = code;
  return builder;
}

PacketBuilder icmp_echo_request() { return icmp(net::icmp_type::echo_request); }

PacketBuilder icmp_echo_reply() { return icmp(net::icmp_type::echo_reply); }

PacketBuilder icmp_error(std::uint8_t type, std::uint8_t code, const Frame& quoted) {
  const auto datagram = quoted.bytes().subspan(sizeof(net::EthernetHeader));
  const std::size_t header_length = std::to_integer<std::size_t>(datagram[0] & std::byte{0x0f}) * 4;
  return icmp(type, code).payload(datagram.first(std::min(datagram.size(), header_length + 8)));
}

PacketBuilder arp(std::uint16_t operation) {
  PacketBuilder builder;
  builder.ethernet_.type = net::kEtherTypeArp;
  builder.arp_operation_ = Be16(operation);
  return builder;
}

PacketBuilder arp_request() { return arp(net::kArpRequest.host()); }

PacketBuilder arp_reply() { return arp(net::kArpReply.host()); }

}  // namespace encluster::test
