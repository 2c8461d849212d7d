#include "support/rpc.hpp"

#include <algorithm>
#include <stdexcept>

#include "encluster/byte_order.hpp"
#include "net/parse.hpp"
#include "support/packet_builder.hpp"

namespace encluster::test {

namespace {

constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr std::uint16_t kClientPort = 800;
constexpr std::size_t kPartOfFragment = 1400;

void require(bool holds, const char* otherwise) {
  if (!holds) throw std::logic_error(otherwise);
}

Frame frame_of(std::span<const std::byte> payload, std::uint16_t port, const Asker& asker) {
  PacketBuilder builder = udp();
  builder.from(asker.remote, kClientPort).to(kCluster, port);
  if (!asker.fragment) return builder.payload(payload).build(600);
  // As much as there is, to a multiple of 8; the rest would come later.
  constexpr std::size_t kUdpHeader = 8;
  const std::size_t first = std::min(payload.size(), kPartOfFragment) / 8 * 8;
  builder.payload(payload).fragment(0, true, kUdpHeader + first);
  return builder.build(600);
}

Bytes reply_of(const Packet& packet, const Asker& asker, std::uint16_t port) {
  require(checksums_ok(packet), "an answer with wrong checksums");
  require(packet.source == kCluster && packet.destination == asker.remote &&
              packet.source_port == PortNumber(port) &&
              packet.destination_port == PortNumber(kClientPort) && !packet.fragment,
          "an answer that does not go back");
  const auto payload = packet.payload_bytes();
  return {payload.begin(), payload.end()};
}

}  // namespace

Xdr& Xdr::number(std::uint32_t value) {
  const Be32 wire(value);
  const auto bytes = std::as_bytes(std::span(&wire, 1));
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Xdr& Xdr::variable(std::span<const std::byte> bytes) {
  return number(static_cast<std::uint32_t>(bytes.size())).fixed(bytes);
}

Xdr& Xdr::fixed(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_.resize((bytes_.size() + 3) & ~std::size_t{3});
  return *this;
}

Xdr rpc_call(std::uint32_t program, std::uint32_t version, std::uint32_t procedure) {
  Xdr xdr;
  for (const std::uint32_t word : {kXid, 0U, 2U, program, version, procedure, 0U, 0U, 0U, 0U}) {
    xdr.number(word);
  }
  return xdr;
}

Xdr rpc_reply(std::uint32_t status) {
  Xdr xdr;
  for (const std::uint32_t word : {kXid, 1U, 0U, 0U, 0U, status}) xdr.number(word);
  return xdr;
}

Routed route_call(const RoutingFunction& function, std::uint16_t port,
                  std::span<const std::byte> payload, const Asker& asker) {
  Frame frame = frame_of(payload, port, asker);
  const Frame before = frame;
  Packet packet = as_packet(frame);
  const net::FrameKind kind = net::parse(packet);
  require(kind == (asker.fragment ? net::FrameKind::first_fragment : net::FrameKind::message),
          "the call is no datagram");
  RouteRequest request;
  request.packet = &packet;
  request.from_node = asker.from_node;
  request.node_port = packet.destination_port;
  RouteRequest* const one = &request;
  WorkerContext context;
  function.route({&one, 1}, context);

  Routed routed{.verdict = request.verdict,
                .reason = request.reason,
                .node = request.node,
                .port = {},
                .copies = {request.copies.begin(), request.copies.end()},
                .reply = {}};
  if (routed.verdict == Verdict::forward) routed.port = request.node_port;
  if (routed.verdict == Verdict::answer) {
    routed.reply = reply_of(packet, asker, port);
  } else {
    require(frame == before, "a packet was changed that is not an answer");
  }
  return routed;
}

}  // namespace encluster::test
