#include "traffic.hpp"

#include "net/headers.hpp"

namespace encluster::bench {

namespace {

bool is(const Endpoint& expected, Be32 address, Be16 port) {
  return Ipv4Address(address) == expected.address && PortNumber(port) == expected.port;
}

}  // namespace

std::optional<std::string> forwarding_fault(const Packet& packet, const Message& expected) {
  if (packet.verdict != Verdict::forward) {
    return "a packet is not forwarded: " + std::string(name_of(packet.reason));
  }
  if (packet.egress != expected.egress) return "a packet leaves by the wrong device";
  const bool inside = expected.egress == kInterconnect;
  const auto& ethernet = packet.header_at<net::EthernetHeader>(0);
  if (ethernet.source != mac_of(inside ? Origin::interconnect : Origin::network) ||
      ethernet.destination != mac_of(inside ? expected.to_after.address : kRouter)) {
    return "a packet's MAC addresses are wrong";
  }
  return std::nullopt;
}

void Segments::renew(Batch& batch, std::size_t index, std::mt19937& random) {
  messages_[index] = draw(random);
  batch.renew(index, messages_[index].from, messages_[index].to, origin(), mac_of(origin()));
}

std::optional<std::string> Segments::fault(const Packet& packet, std::size_t index) const {
  const Message& expected = messages_[index];
  if (auto fault = forwarding_fault(packet, expected)) return fault;
  const auto& ip = packet.header_at<net::Ipv4Header>(packet.l3);
  const auto& tcp = packet.header_at<net::TcpHeader>(packet.l4);
  if (!is(expected.from_after, ip.source, tcp.source_port)) return "a packet's source is wrong";
  if (!is(expected.to_after, ip.destination, tcp.destination_port)) {
    return "a packet's destination is wrong";
  }
  if (!checksums_right(packet)) return "a packet's checksums are wrong";
  return std::nullopt;
}

}  // namespace encluster::bench
