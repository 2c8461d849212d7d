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
  constexpr std::size_t kUdpHeader = 8;
  builder.payload(payload).fragment(0, true, kUdpHeader + first_part(payload).size());
  return builder.build(600);
}

/// The payload of an answer to the call.
Bytes reply_of(const Packet& packet, std::span<const std::byte> call, const Asker& asker,
               std::uint16_t port) {
  require(checksums_ok(packet), "an answer with wrong checksums");
  require(packet.source == kCluster && packet.destination == asker.remote &&
              packet.source_port == PortNumber(port) &&
              packet.destination_port == PortNumber(kClientPort) && !packet.fragment,
          "an answer that does not go back");
  const auto reply = packet.payload_bytes();
  require(reply.size() >= 24 && reply.size() <= 548, "an answer that not all networks carry");
  require(std::ranges::equal(reply.first(4), call.first(4)), "an answer to another call");
  require(reply[7] == std::byte{1}, "an answer that is no reply");
  return {reply.begin(), reply.end()};
}

/// Has the function answer, and looks at what it leaves for nodes.
Bytes divide(const RoutingFunction& function, RouteRequest& request, const Bytes& call,
             const Asker& asker, std::uint16_t port) {
  Frame copy({request.packet->frame, request.packet->frame + request.packet->length});
  Packet for_nodes = *request.packet;
  for_nodes.frame = copy.data();
  function.divide(request, &for_nodes);
  require(request.verdict == Verdict::answer, "a message that divides without an answer");
  const auto told = for_nodes.payload_bytes();
  require(checksums_ok(for_nodes) && told.size() == call.size() &&
              std::ranges::equal(told.subspan(4), std::span(call).subspan(4)) &&
              std::ranges::all_of(told.first(4), [](std::byte b) { return b == std::byte{}; }),
          "nodes get another call");
  return reply_of(*request.packet, call, asker, port);
}

/// A node's packet would get to the gateway with the cluster address as its source.
bool to_gateway(const Routed& routed) {
  if (routed.verdict == Verdict::forward) return routed.node.is_gateway();
  return std::ranges::any_of(routed.copies,
                             [](const NodePort& copy) { return copy.node.is_gateway(); });
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

std::span<const std::byte> first_part(std::span<const std::byte> payload) noexcept {
  // The rest would come later.
  return payload.first(std::min(payload.size(), kPartOfFragment) / 8 * 8);
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
  require(!request.divides || request.verdict == Verdict::copy, "a message divides into one");
  if (request.divides) {
    routed.reply = divide(function, request, {payload.begin(), payload.end()}, asker, port);
  } else if (routed.verdict == Verdict::answer) {
    routed.reply = reply_of(packet, payload, asker, port);
  } else {
    require(frame == before, "a packet was changed that is not an answer");
  }
  require(!asker.from_node || !to_gateway(routed), "a node's call that goes to the gateway");
  return routed;
}

}  // namespace encluster::test
