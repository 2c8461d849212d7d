#include "fragments.hpp"

#include <algorithm>
#include <cstring>

#include "net/checksum.hpp"
#include "net/headers.hpp"
#include "net/split.hpp"

namespace encluster::bench {

namespace {

constexpr std::uint16_t kParts = 3;
constexpr std::uint16_t kPartBytes = 24;   // of all but the last
constexpr std::uint16_t kTotalBytes = 64;  // behind the IP header
static_assert(kTotalBytes > (kParts - 1) * kPartBytes && kTotalBytes <= kParts * kPartBytes);

constexpr std::uint16_t kL3 = sizeof(net::EthernetHeader);
constexpr std::uint16_t kL4 = kL3 + sizeof(net::Ipv4Header);
using FrameBytes = std::array<std::byte, kL4 + kTotalBytes>;

Packet packet_over(FrameBytes& bytes) {
  Packet packet;
  packet.frame = bytes.data();
  packet.capacity = static_cast<std::uint16_t>(bytes.size());
  return packet;
}

void write_datagram(Packet& packet, const Endpoint& from, const Endpoint& to,
                    std::uint16_t identification) {
  packet.header_at<net::EthernetHeader>(0) = {kOutsideMac, kSenderMac, net::kEtherTypeIpv4};
  packet.header_at<net::Ipv4Header>(kL3) = {
      .version_and_length = 0x45,
      .type_of_service = 0,
      .total_length = Be16(static_cast<std::uint16_t>(kL4 - kL3 + kTotalBytes)),
      .identification = Be16(identification),
      .flags_and_offset = {},
      .time_to_live = 64,
      .protocol = static_cast<std::uint8_t>(Protocol::udp),
      .checksum = {},
      .source = from.address.wire(),
      .destination = to.address.wire()};
  for (std::uint16_t i = 0; i < kTotalBytes; ++i) packet.frame[kL4 + i] = std::byte(i);
  auto& udp = packet.header_at<net::UdpHeader>(kL4);
  udp = {from.port.wire(), to.port.wire(), Be16(kTotalBytes), {}};
  udp.checksum = net::transport_checksum(from.address, to.address, Protocol::udp,
                                         {packet.frame + kL4, kTotalBytes});
  packet.l3 = kL3;
  packet.l4 = kL4;
  packet.end = kL4 + kTotalBytes;
}

/// Writes the part of the datagram between these ends.
void write_part(Packet& packet, const Fragments::Fragment& fragment, const Endpoint& from,
                const Endpoint& to) {
  if (fragment.part == 0) {
    write_datagram(packet, from, to, fragment.identification);
    return net::cut_to_first_piece(packet, kPartBytes);
  }
  FrameBytes bytes;
  Packet whole = packet_over(bytes);
  write_datagram(whole, from, to, fragment.identification);
  const int offset = fragment.part * kPartBytes;
  net::write_piece(whole, static_cast<std::uint16_t>(offset),
                   static_cast<std::uint16_t>(std::min<int>(kPartBytes, kTotalBytes - offset)),
                   packet);
}

}  // namespace

void Fragments::renew(Batch& batch, std::size_t index, std::mt19937& random) {
  if (next_.part == 0) next_.message = draw(random);
  const Fragment& fragment = fragments_[index] = next_;
  batch.renew(index, origin(), [&](Packet& packet) {
    write_part(packet, fragment, fragment.message.from, fragment.message.to);
  });
  if (++next_.part == kParts) {
    next_.part = 0;
    ++next_.identification;
  }
}

std::optional<std::string> Fragments::fault(const Packet& packet, std::size_t index) const {
  const Fragment& fragment = fragments_[index];
  if (auto fault = forwarding_fault(packet, fragment.message)) return fault;
  FrameBytes bytes;
  Packet expected = packet_over(bytes);
  write_part(expected, fragment, fragment.message.from_after, fragment.message.to_after);
  // The same in every field: the checksums of IP and of the whole datagram, computed afresh, too.
  if (std::memcmp(packet.frame + kL3, expected.frame + kL3, expected.end - kL3) != 0) {
    return "a fragment is not as its receiver should get it";
  }
  return std::nullopt;
}

}  // namespace encluster::bench
