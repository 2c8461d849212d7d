#include "rest/make_frame.hpp"

#include <algorithm>

#include "net/checksum.hpp"
#include "net/headers.hpp"

namespace encluster::rest {

namespace {

constexpr std::uint8_t kVersion4WithoutOptions = 0x45;
constexpr std::uint8_t kTimeToLive = 64;
constexpr std::uint8_t kTcpWords = 5 << 4;
constexpr std::uint16_t kWindow = 65535;

using Bytes = std::vector<std::byte>;

template <typename Header>
Header& header_at(Bytes& bytes, std::size_t offset) {
  return *reinterpret_cast<Header*>(bytes.data() + offset);
}

void write(net::TcpHeader& tcp, const MessageEnd& from, const MessageEnd& to, std::uint8_t flags) {
  tcp.source_port = from.port.wire();
  tcp.destination_port = to.port.wire();
  tcp.data_offset = kTcpWords;
  tcp.flags = flags;
  tcp.window = Be16(kWindow);
}

void write(net::UdpHeader& udp, const MessageEnd& from, const MessageEnd& to) {
  udp.source_port = from.port.wire();
  udp.destination_port = to.port.wire();
  udp.length = Be16(std::uint16_t{sizeof udp});
}

void write(net::IcmpHeader& icmp, const MessageEnd& from) {
  icmp.type = net::icmp_type::echo_request;
  icmp.identifier = from.port.wire();
}

constexpr std::size_t size_of_message(Protocol protocol) {
  if (protocol == Protocol::tcp) return sizeof(net::TcpHeader);
  return protocol == Protocol::udp ? sizeof(net::UdpHeader) : sizeof(net::IcmpHeader);
}

/// What follows the IP header, which is whole.
void write_message(Bytes& packet, Protocol protocol, const MessageEnd& from, const MessageEnd& to,
                   std::uint8_t tcp_flags) {
  constexpr std::size_t kMessage = sizeof(net::Ipv4Header);
  const auto checksum = [&] {
    return net::transport_checksum(from.address, to.address, protocol,
                                   std::span<const std::byte>(packet).subspan(kMessage));
  };
  if (protocol == Protocol::tcp) {
    auto& tcp = header_at<net::TcpHeader>(packet, kMessage);
    write(tcp, from, to, tcp_flags);
    tcp.checksum = checksum();
  } else if (protocol == Protocol::udp) {
    auto& udp = header_at<net::UdpHeader>(packet, kMessage);
    write(udp, from, to);
    udp.checksum = checksum();
  } else {
    auto& icmp = header_at<net::IcmpHeader>(packet, kMessage);
    write(icmp, from);
    icmp.checksum = checksum();
  }
}

}  // namespace

Bytes make_frame(Protocol protocol, const MessageEnd& from, const MessageEnd& to,
                 std::uint8_t tcp_flags) {
  Bytes packet(sizeof(net::Ipv4Header) + size_of_message(protocol));
  auto& ip = header_at<net::Ipv4Header>(packet, 0);
  ip.version_and_length = kVersion4WithoutOptions;
  ip.total_length = Be16(static_cast<std::uint16_t>(packet.size()));
  ip.flags_and_offset = Be16(net::kDontFragment);
  ip.time_to_live = kTimeToLive;
  ip.protocol = static_cast<std::uint8_t>(protocol);
  ip.source = from.address.wire();
  ip.destination = to.address.wire();
  ip.checksum = net::ipv4_checksum(std::as_bytes(std::span(&ip, 1)));
  write_message(packet, protocol, from, to, tcp_flags);
  return make_frame(packet, from.mac, to.mac);
}

Bytes make_frame(std::span<const std::byte> ip_packet, const MacAddress& from,
                 const MacAddress& to) {
  Bytes frame(sizeof(net::EthernetHeader) + ip_packet.size());
  header_at<net::EthernetHeader>(frame, 0) = {to, from, net::kEtherTypeIpv4};
  std::ranges::copy(ip_packet, frame.begin() + sizeof(net::EthernetHeader));
  return frame;
}

}  // namespace encluster::rest
