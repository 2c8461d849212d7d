#include "fuzz/frame_repair.hpp"

#include <algorithm>
#include <optional>

#include "net/headers.hpp"
#include "support/packet_inspect.hpp"

namespace encluster::fuzz {

namespace {

template <typename Header>
Header* header_at(std::span<std::byte> bytes, std::size_t offset) {
  if (bytes.size() < offset + sizeof(Header)) return nullptr;
  return reinterpret_cast<Header*>(bytes.data() + offset);
}

/// Where a message of the protocol has its checksum.
std::optional<std::size_t> checksum_field(std::uint8_t protocol) {
  switch (Protocol{protocol}) {
    case Protocol::tcp:
      return offsetof(net::TcpHeader, checksum);
    case Protocol::udp:
      return offsetof(net::UdpHeader, checksum);
    case Protocol::icmp:
      return offsetof(net::IcmpHeader, checksum);
  }
  return std::nullopt;
}

void repair_message(const net::Ipv4Header& ip, std::span<std::byte> message) {
  if (ip.protocol == static_cast<std::uint8_t>(Protocol::udp)) {
    const auto* udp = header_at<net::UdpHeader>(message, 0);
    if (udp == nullptr || udp->checksum.raw() == 0) return;
    if (udp->length.host() > message.size()) return;
    message = message.first(udp->length.host());
  }
  const auto field = checksum_field(ip.protocol);
  auto* checksum = field ? header_at<Be16>(message, *field) : nullptr;
  if (checksum == nullptr) return;
  *checksum = Be16{};
  *checksum = Be16(test::reference_transport_checksum(
      Ipv4Address(ip.source), Ipv4Address(ip.destination), ip.protocol, message));
}

}  // namespace

void repair_checksums(std::span<std::byte> frame) {
  const auto* ethernet = header_at<net::EthernetHeader>(frame, 0);
  auto* ip = header_at<net::Ipv4Header>(frame, sizeof *ethernet);
  if (ip == nullptr || ethernet->type != net::kEtherTypeIpv4) return;
  const std::span datagram = frame.subspan(sizeof *ethernet);
  const std::size_t header = ip->header_length();
  if (header < sizeof *ip || header > datagram.size()) return;
  ip->checksum = Be16{};
  ip->checksum = Be16(test::reference_checksum(datagram.first(header)));
  const std::size_t total = ip->total_length.host();
  const bool fragment =
      (ip->flags_and_offset.host() & (net::kMoreFragments | net::kFragmentOffsetMask)) != 0;
  if (fragment || total < header || total > datagram.size()) return;
  repair_message(*ip, datagram.subspan(header, total - header));
}

bool has_other_zero(std::span<const std::byte> frame) {
  const std::size_t fixed = sizeof(net::EthernetHeader) + sizeof(net::Ipv4Header);
  if (frame.size() < fixed) return false;
  const auto& ip =
      *reinterpret_cast<const net::Ipv4Header*>(frame.data() + sizeof(net::EthernetHeader));
  const std::size_t message = sizeof(net::EthernetHeader) + ip.header_length();
  const std::size_t end = sizeof(net::EthernetHeader) + ip.total_length.host();
  return ip.protocol == static_cast<std::uint8_t>(Protocol::icmp) && message <= end &&
         end <= frame.size() &&
         std::ranges::all_of(frame.subspan(message, end - message),
                             [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace encluster::fuzz
