// The frame parser, and everything that changes or answers a parsed packet in place.
//
// Input: what to do, options (bit 0: right checksums, 1: the device verified the IP header's, 2:
// room behind the frame), an address, a port; then the frame.
#include "net/parse.hpp"

#include <string>
#include <vector>

#include "fuzz/finding.hpp"
#include "fuzz/frame_repair.hpp"
#include "fuzz/input.hpp"
#include "net/headers.hpp"
#include "net/reply.hpp"
#include "net/rewrite.hpp"
#include "support/frame.hpp"
#include "support/packet_inspect.hpp"

using namespace encluster;
using namespace encluster::fuzz;
using net::FrameKind;
using test::checksums_ok;

namespace {

constexpr std::size_t kMaxFrame = 9018;

enum class Act : std::uint8_t { nothing, reset, unreachable, destination, source, payload, count_ };

struct Options {
  explicit Options(Input& input)
      : act(static_cast<Act>(input.byte() % static_cast<unsigned>(Act::count_))),
        bits(input.byte()),
        address(input.long_word()),
        port(input.word()) {}

  Act act;
  std::uint8_t bits;
  Ipv4Address address;
  PortNumber port;
};

std::size_t least_header(Protocol protocol) {
  return protocol == Protocol::tcp ? sizeof(net::TcpHeader) : sizeof(net::UdpHeader);
}

bool has_ports(FrameKind kind) {
  return kind == FrameKind::message || kind == FrameKind::first_fragment;
}

/// Every offset lies inside the frame, behind what comes before it.
void check_offsets(const Packet& packet, FrameKind kind) {
  require(packet.l3 == sizeof(net::EthernetHeader), "l3 is not behind the Ethernet header");
  if (kind == FrameKind::arp) {
    return require(packet.l3 + sizeof(net::ArpPacket) <= packet.length, "ARP beyond the frame");
  }
  require(packet.l4 >= packet.l3 + sizeof(net::Ipv4Header), "l4 inside the IP header");
  require(packet.payload >= packet.l4, "payload before l4");
  require(packet.end >= packet.payload, "the datagram ends before its payload");
  require(packet.length >= packet.end, "the datagram ends behind the frame");
  if (!has_ports(kind)) return;
  require(packet.payload >= packet.l4 + least_header(packet.protocol), "half a transport header");
  require(packet.fragment == (kind == FrameKind::first_fragment), "a fragment is no message");
}

/// The fields say what the frame says.
void check_fields(const Packet& packet, FrameKind kind) {
  if (kind == FrameKind::arp) return;
  const auto& ip = packet.header_at<net::Ipv4Header>(packet.l3);
  require(packet.source == Ipv4Address(ip.source), "another source than in the header");
  require(packet.destination == Ipv4Address(ip.destination), "another destination");
  require(static_cast<std::uint8_t>(packet.protocol) == ip.protocol, "another protocol");
  if (!has_ports(kind) || packet.protocol == Protocol::icmp) return;
  const auto& ports = packet.header_at<net::UdpHeader>(packet.l4);
  require(packet.source_port == PortNumber(ports.source_port), "another source port");
  require(packet.destination_port == PortNumber(ports.destination_port), "another port");
  require(packet.destination_port != PortNumber{}, "a message to port 0");
}

/// What was changed in place is a message again, and says the same as the packet's fields.
void check_again(const Packet& changed, const char* what) {
  Packet packet;
  packet.frame = changed.frame;
  packet.length = changed.length;
  packet.ip_checksum_verified = changed.ip_checksum_verified;
  require(net::parse(packet) == FrameKind::message, std::string(what) + ": no message any more");
  const bool same = packet.l4 == changed.l4 && packet.payload == changed.payload &&
                    packet.end == changed.end && packet.source == changed.source &&
                    packet.destination == changed.destination &&
                    packet.source_port == changed.source_port &&
                    packet.destination_port == changed.destination_port &&
                    packet.protocol == changed.protocol && packet.tcp_flags == changed.tcp_flags;
  require(same, std::string(what) + ": fields and frame differ");
}

void check_reply(const Packet& packet, const char* what) {
  require(packet.length <= packet.capacity, std::string(what) + ": longer than its buffer");
  require(checksums_ok(packet), std::string(what) + ": wrong checksum");
  check_again(packet, what);
}

/// Digits for a payload, as an announcement would be replaced.
void replace_digits(Packet& packet, const Options& options) {
  const auto payload = packet.payload_bytes();
  if (packet.protocol != Protocol::tcp || payload.empty()) return;
  const auto offset = static_cast<std::uint16_t>(options.port.value() % payload.size());
  std::vector<std::byte> digits(std::min<std::size_t>(5, payload.size() - offset));
  for (std::size_t i = 0; i < digits.size(); ++i) {
    digits[i] = static_cast<std::byte>(options.address.value() >> i * 8 % 32);
  }
  net::replace_payload_bytes(packet, offset, digits);
}

void rewrite(Packet& packet, const Options& options) {
  if (has_other_zero({packet.frame, packet.length})) return;
  const bool right = checksums_ok(packet);
  // No message goes to port 0, and the parser would refuse what was sent there.
  const PortNumber port(static_cast<std::uint16_t>(options.port.value() | 1));
  if (options.act == Act::destination) net::rewrite_destination(packet, options.address, port);
  if (options.act == Act::source) net::rewrite_source(packet, options.address, port);
  if (options.act == Act::payload) replace_digits(packet, options);
  require(checksums_ok(packet) == right,
          right ? "a right checksum became wrong" : "a wrong checksum became right");
  check_again(packet, "rewritten");
}

void act_on(Packet& packet, const Options& options) {
  switch (options.act) {
    case Act::nothing:
    case Act::count_:
      return;
    case Act::reset:
      if (packet.protocol == Protocol::tcp && packet.capacity >= net::kBareSegmentBytes &&
          net::turn_into_reset(packet)) {
        check_reply(packet, "reset");
      }
      return;
    case Act::unreachable:
      if (net::turn_into_unreachable(packet, net::kIcmpPortUnreachable, options.address)) {
        check_reply(packet, "unreachable");
      }
      return;
    case Act::destination:
    case Act::source:
    case Act::payload:
      return rewrite(packet, options);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const Options options(input);
  const auto bytes = input.bytes(kMaxFrame);
  std::vector<std::byte> received(bytes.begin(), bytes.end());
  if ((options.bits & 1) != 0) repair_checksums(received);
  test::Frame frame(received, (options.bits & 4) != 0 ? test::Frame::kTailroom : 0);
  Packet packet = test::as_packet(frame);
  packet.ip_checksum_verified = (options.bits & 2) != 0;

  const FrameKind kind = net::parse(packet);
  require(std::ranges::equal(frame.bytes(), received), "the parser changed the frame");
  if (kind == FrameKind::bad) {
    require(packet.verdict == Verdict::drop && packet.reason != DropReason::none,
            "a bad frame has no reason");
    return 0;
  }
  require(packet.verdict == Verdict::pending && packet.reason == DropReason::none,
          "a good frame has a verdict");
  check_offsets(packet, kind);
  check_fields(packet, kind);
  if (kind == FrameKind::message) act_on(packet, options);
  return 0;
}
