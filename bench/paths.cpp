#include "paths.hpp"

#include "net/headers.hpp"

namespace encluster::bench {

namespace {

constexpr PortNumber kHttps{std::uint16_t{443}};

std::uint32_t below(std::uint32_t bound, std::mt19937& random) {
  return static_cast<std::uint32_t>(random() % bound);
}

/// A port of a random node's slice.
struct SlicePort {
  NodeId node;
  PortNumber port;
};
SlicePort random_slice_port(const switching::Slices& slices, std::mt19937& random) {
  const NodeId node(static_cast<std::uint16_t>(1 + below(kNodes, random)));
  const auto [first, last] = slices.slice_of(node);
  const std::uint32_t size = last.value() - first.value() + 1u;
  return {node, PortNumber(static_cast<std::uint16_t>(first.value() + below(size, random)))};
}

bool is(const Endpoint& expected, Be32 address, Be16 port) {
  return Ipv4Address(address) == expected.address && PortNumber(port) == expected.port;
}

}  // namespace

void Path::prepare(Batch& batch) {
  const MacAddress& mac = origin() == Origin::network ? kOutsideMac : kInsideMac;
  for (std::size_t i = 0; i < kBatch; ++i) {
    messages_[i] = draw(random_);
    batch.renew(i, messages_[i].from, messages_[i].to, origin(), mac);
  }
}

std::optional<std::string> Path::fault(const Batch& batch) const {
  for (std::size_t i = 0; i < kBatch; ++i) {
    const Packet& packet = batch.packets()[i];
    const Message& expected = messages_[i];
    if (packet.verdict != Verdict::forward) {
      return "a packet is not forwarded: " + std::string(name_of(packet.reason));
    }
    if (packet.egress != expected.egress) return "a packet leaves by the wrong device";
    const auto& ip = packet.header_at<net::Ipv4Header>(packet.l3);
    const auto& tcp = packet.header_at<net::TcpHeader>(packet.l4);
    if (!is(expected.from_after, ip.source, tcp.source_port)) return "a packet's source is wrong";
    if (!is(expected.to_after, ip.destination, tcp.destination_port)) {
      return "a packet's destination is wrong";
    }
    if (!checksums_right(packet)) return "a packet's checksums are wrong";
  }
  return std::nullopt;
}

void SynFlood::prepare(Batch& batch) {
  for (std::size_t i = 0; i < kBatch; ++i, ++next_) {
    // Ports above those of login_client().
    const auto port = static_cast<std::uint16_t>(1024 + (next_ >> 17) % 64512);
    batch.renew(i, {remote(next_), PortNumber(port)}, {kCluster, kLoginPort}, Origin::network,
                kOutsideMac, tcp_flag::syn);
  }
}

bool SynFlood::is_as_expected(const Packet& packet) const {
  if (!passes_ && packet.verdict == Verdict::drop) return packet.reason == DropReason::syn_flood;
  return packet.verdict == Verdict::forward && packet.egress == kInterconnect &&
         checksums_right(packet);
}

std::optional<std::string> SynFlood::fault(const Batch& batch) const {
  std::size_t dropped = 0;
  for (const Packet& packet : batch.packets()) {
    if (!is_as_expected(packet)) {
      return "a SYN is neither forwarded whole nor dropped as it should be: " +
             std::string(name_of(packet.reason));
    }
    if (packet.verdict == Verdict::drop) ++dropped;
  }
  if (!passes_ && dropped < kBatch * 9 / 10) return "more than a tenth of the SYNs pass";
  if (gateway_.pipeline().connections().embryonic() > Gateway::kEmbryonic) {
    return "there are more entries than allowed";
  }
  return std::nullopt;
}

Path::Message InboundSlices::draw(std::mt19937& random) {
  const Endpoint client{remote(below(1u << 17, random)), kHttps};
  const auto [node, port] = random_slice_port(gateway().snapshot().slices, random);
  return {client, {kCluster, port}, client, {address_of(node), port}, kInterconnect};
}

Path::Message InboundLogins::draw(std::mt19937& random) {
  const std::uint32_t number = below(gateway().logins(), random);
  const Endpoint client = login_client(number);
  return {client,
          {kCluster, kLoginPort},
          client,
          {address_of(login_node(number)), kLoginPort},
          kInterconnect};
}

Path::Message OutboundSlices::draw(std::mt19937& random) {
  const Endpoint server{remote(below(1u << 17, random)), kHttps};
  const auto [node, port] = random_slice_port(gateway().snapshot().slices, random);
  return {{address_of(node), port}, server, {kCluster, port}, server, 0};
}

Path::Message OutboundLogins::draw(std::mt19937& random) {
  const std::uint32_t number = below(gateway().logins(), random);
  const Endpoint client = login_client(number);
  return {{address_of(login_node(number)), kLoginPort}, client, {kCluster, kLoginPort}, client, 0};
}

}  // namespace encluster::bench
