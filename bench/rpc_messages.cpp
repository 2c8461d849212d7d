#include "rpc_messages.hpp"

#include <cstring>
#include <string_view>

#include "net/checksum.hpp"
#include "net/headers.hpp"

namespace encluster::bench {

namespace {

constexpr std::uint32_t kNfs = 100003;
constexpr std::uint32_t kMountProgram = 100005;
constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kRead = 6;
constexpr std::uint32_t kMount = 1;
constexpr std::size_t kReplyBytes = 24 + 4 + 84;  // header, status, fattr3

constexpr std::uint16_t kL3 = sizeof(net::EthernetHeader);
constexpr std::uint16_t kL4 = kL3 + sizeof(net::Ipv4Header);
constexpr std::uint16_t kPayload = kL4 + sizeof(net::UdpHeader);

void add(RpcBody& body, std::uint32_t number) {
  const Be32 wire(number);
  const auto bytes = std::as_bytes(std::span(&wire, 1));
  body.insert(body.end(), bytes.begin(), bytes.end());
}

void add(RpcBody& body, std::string_view text) {
  add(body, static_cast<std::uint32_t>(text.size()));
  const auto bytes = std::as_bytes(std::span(text));
  body.insert(body.end(), bytes.begin(), bytes.end());
  body.resize((body.size() + 3) & ~std::size_t{3});
}

/// The header of a call, as a user with five groups sends it from a host with a name of ten
/// letters.
RpcBody call(std::uint32_t program, std::uint32_t procedure, const Message& message) {
  constexpr std::uint32_t kAuthSys = 1;
  RpcBody body;
  const std::uint32_t xid = message.from.address.value() ^ message.from.port.value();
  for (const std::uint32_t word : {xid, 0U, 2U, program, kVersion, procedure}) add(body, word);
  RpcBody credentials;
  add(credentials, xid);  // a stamp
  add(credentials, "abcdefghij");
  for (const std::uint32_t word : {1000U, 100U, 5U, 100U, 4U, 24U, 27U, 30U}) {
    add(credentials, word);
  }
  add(body, kAuthSys);
  add(body, static_cast<std::uint32_t>(credentials.size()));
  body.insert(body.end(), credentials.begin(), credentials.end());
  for (int i = 0; i < 2; ++i) add(body, 0U);  // no verifier
  return body;
}

NodeId node_of(const Message& message) {
  return NodeId(
      static_cast<std::uint16_t>(message.to_after.address.value() - address_of(kGateway).value()));
}

void write(Packet& packet, const RpcBody& body, const Endpoint& from, const Endpoint& to,
           const MacAddress& to_mac) {
  const auto end = static_cast<std::uint16_t>(kPayload + body.size());
  packet.header_at<net::EthernetHeader>(0) = {to_mac, kSenderMac, net::kEtherTypeIpv4};
  auto& ip = packet.header_at<net::Ipv4Header>(kL3);
  ip = {.version_and_length = 0x45,
        .type_of_service = 0,
        .total_length = Be16(static_cast<std::uint16_t>(end - kL3)),
        .identification = {},
        .flags_and_offset = Be16(net::kDontFragment),
        .time_to_live = 64,
        .protocol = static_cast<std::uint8_t>(Protocol::udp),
        .checksum = {},
        .source = from.address.wire(),
        .destination = to.address.wire()};
  ip.checksum = net::ipv4_checksum({packet.frame + kL3, sizeof ip});
  std::memcpy(packet.frame + kPayload, body.data(), body.size());
  auto& udp = packet.header_at<net::UdpHeader>(kL4);
  udp = {from.port.wire(), to.port.wire(), Be16(static_cast<std::uint16_t>(end - kL4)), {}};
  udp.checksum = net::transport_checksum(from.address, to.address, Protocol::udp,
                                         {packet.frame + kL4, static_cast<std::size_t>(end - kL4)});
  packet.length = end;
}

}  // namespace

void RpcMessages::renew(Batch& batch, std::size_t index, std::mt19937& random) {
  const Message& message = messages_[index] = draw(random);
  batch.renew(index, origin(), [&](Packet& packet) {
    write(packet, body(message), message.from, message.to, mac_of(origin()));
  });
}

std::optional<std::string> RpcMessages::fault(const Packet& packet, std::size_t index) const {
  const Message& message = messages_[index];
  if (auto fault = forwarding_fault(packet, message)) return fault;
  std::array<std::byte, kFrameCapacity> bytes{};
  Packet expected;
  expected.frame = bytes.data();
  write(expected, body(message), message.from_after, message.to_after, {});
  // The same in every field: the checksums of IP and UDP, computed afresh, too.
  if (packet.length != expected.length ||
      std::memcmp(packet.frame + kL3, expected.frame + kL3, expected.length - kL3) != 0) {
    return "a datagram is not as its receiver should get it";
  }
  return std::nullopt;
}

RpcBody NfsReads::body(const Message& message) const {
  RpcBody body = call(kNfs, kRead, message);
  const auto node = static_cast<char>(node_of(message).value());
  const std::string handle{'\x43', '\0', '\0', node, '\x12'};
  add(body, handle + std::string(24 - handle.size(), 'h'));
  for (const std::uint32_t word : {0U, 8192U, 8192U}) add(body, word);
  return body;
}

RpcBody Mounts::body(const Message& message) const {
  RpcBody body = call(kMountProgram, kMount, message);
  add(body, "/export/node" + std::to_string(node_of(message).value()) + "/x");
  return body;
}

RpcBody NfsReplies::body(const Message&) const { return RpcBody(kReplyBytes); }

}  // namespace encluster::bench
