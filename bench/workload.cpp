#include "workload.hpp"

#include "net/checksum.hpp"
#include "net/headers.hpp"
#include "net/reply.hpp"

namespace encluster::bench {

void Batch::renew(std::size_t index, const Endpoint& from, const Endpoint& to, Origin origin,
                  const MacAddress& to_mac, std::uint8_t flags) {
  renew(index, origin, [&](Packet& packet) {
    net::write_segment(packet, {.source_mac = kSenderMac,
                                .destination_mac = to_mac,
                                .source = from.address,
                                .destination = to.address,
                                .source_port = from.port,
                                .destination_port = to.port,
                                .sequence = 1,
                                .acknowledgment = 1,
                                .flags = flags});
  });
}

bool checksums_right(const Packet& packet) {
  const auto* frame = packet.frame;
  const auto& ip = packet.header_at<net::Ipv4Header>(sizeof(net::EthernetHeader));
  const std::size_t l4 = sizeof(net::EthernetHeader) + ip.header_length();
  const std::size_t end = sizeof(net::EthernetHeader) + ip.total_length.host();
  // A sum that contains its own checksum is all ones, so the checksum of that is zero.
  const Be16 rest =
      net::transport_checksum(Ipv4Address(ip.source), Ipv4Address(ip.destination),
                              Protocol{ip.protocol}, std::span(frame + l4, frame + end));
  return net::ipv4_checksum_ok({frame + sizeof(net::EthernetHeader), ip.header_length()}) &&
         rest == Be16(std::uint16_t{0});
}

}  // namespace encluster::bench
