#include "fuzz/story_packet.hpp"

#include <array>
#include <string_view>
#include <vector>

#include "fuzz/frame_repair.hpp"
#include "fuzz/story_cluster.hpp"
#include "net/headers.hpp"
#include "support/packet_builder.hpp"

namespace encluster::fuzz {

namespace {

using std::string_view_literals::operator""sv;
using test::PacketBuilder;

constexpr std::size_t kMaxFrame = 2000;

struct Side {
  Origin origin;
  NetworkIndex network;
};
constexpr std::array<Side, kSides> kAllSides{{{Origin::network, 0},
                                              {Origin::interconnect, 0},
                                              {Origin::local_network, 0},
                                              {Origin::local_interconnect, 0},
                                              {Origin::network, 1}}};

constexpr std::array kRemotes{test::kRemote, test::kFarRemote, kUnresolvedRemote, kSecondRemote};
constexpr std::array kNodes{test::kAlpha, test::kBeta, test::kGamma};
constexpr std::array kClusters{test::kCluster, test::kCluster, test::kCluster, kSecondCluster};
constexpr std::array kBeyondCluster{test::kRemote, test::kFarRemote, kUnresolvedRemote,
                                    kSecondRemote, test::kCluster,   test::kCluster,
                                    kSecondCluster};
constexpr std::array kAnywhere{test::kRemote,
                               test::kFarRemote,
                               kUnresolvedRemote,
                               kSecondRemote,
                               test::kAlpha,
                               test::kBeta,
                               test::kGamma,
                               test::kInside,
                               test::kCluster,
                               kSecondCluster,
                               test::kRouter,
                               kSecondRouter,
                               Ipv4Address(10, 77, 0, 99),
                               Ipv4Address(10, 77, 0, 255),
                               Ipv4Address(192, 0, 2, 255),
                               Ipv4Address(255, 255, 255, 255),
                               Ipv4Address(224, 0, 0, 18),
                               Ipv4Address(127, 0, 0, 1),
                               Ipv4Address(0, 0, 0, 0)};

constexpr auto kPorts = std::to_array<std::uint16_t>({513,
                                                      514,
                                                      512,
                                                      1023,
                                                      1022,
                                                      1021,
                                                      23,
                                                      22,
                                                      5432,
                                                      kHoldingPort,
                                                      kRenumberPort,
                                                      5000,
                                                      999,
                                                      0,
                                                      test::kGatewaySlice,
                                                      test::kAlphaSlice,
                                                      test::kAlphaSlice + 1,
                                                      test::kBetaSlice,
                                                      test::kGammaSlice,
                                                      65535});

constexpr std::array kPayloads{""sv,
                               "x"sv,
                               "1022\0root\0"sv,
                               "1023\0"sv,
                               "1022\0"sv,
                               "999\0"sv,
                               "24577\0"sv,
                               "512\0"sv,
                               "9\0"sv,
                               "a payload that has several words and an odd length"sv};

template <std::size_t Size>
Ipv4Address address(Input& input, const std::array<Ipv4Address, Size>& fitting) {
  const std::uint8_t choice = input.byte();
  return (choice & 0x80) != 0 ? kAnywhere[choice % kAnywhere.size()] : fitting[choice % Size];
}

Ipv4Address source_address(Input& input, Origin origin) {
  if (origin == Origin::network) return address(input, kRemotes);
  if (origin == Origin::interconnect) return address(input, kNodes);
  if (origin == Origin::local_network) return address(input, kClusters);
  return address(input, std::array{test::kInside, test::kCluster});
}

Ipv4Address destination_address(Input& input, Origin origin) {
  if (origin == Origin::network) return address(input, kClusters);
  if (origin == Origin::interconnect) return address(input, kBeyondCluster);
  return origin == Origin::local_network ? address(input, kRemotes) : address(input, kNodes);
}

std::uint16_t port(Input& input) {
  const std::uint8_t choice = input.byte();
  return choice >= 0xf0 ? input.word() : kPorts[choice % kPorts.size()];
}

/// What a router, or a node, would quote.
test::Frame quoted(Ipv4Address from, Ipv4Address to, std::uint16_t source, std::uint16_t target) {
  return test::udp().from(from, source).to(to, target).build();
}

constexpr unsigned kKinds = 9;
constexpr unsigned kError = 5;  ///< its payload is the quote

PacketBuilder kind_of_message(std::uint8_t kind, std::uint8_t flags, const test::Frame& quote) {
  switch (kind % kKinds) {
    case 0:
    case 1:
      // Sequence numbers right before and behind a SYN's, so that announcements are followed.
      return test::tcp().flags(flags).seq((flags & tcp_flag::syn) != 0 ? 99 : 100).window(flags);
    case 2:
      return test::udp();
    case 3:
      return test::icmp_echo_request();
    case 4:
      return test::icmp_echo_reply();
    case kError:
      return test::icmp_error(flags, flags & 0x0f, quote);
    case 6:
      return test::arp(flags % 3);
    case 7:
      return test::udp().no_udp_checksum();
    default:
      return test::other_protocol(flags);
  }
}

void apply_options(PacketBuilder& builder, std::uint8_t options) {
  // Record route, with the inside address that a node would enter.
  if ((options & packet_option::ip_option) != 0) builder.ip_options({7, 7, 8, 10, 77, 0, 11});
  if ((options & packet_option::wrong_checksum) != 0) builder.corrupt_checksum();
  if ((options & packet_option::fragment) != 0) builder.fragment(0, true, 8);
}

/// Of the node that seems to have sent the frame.
MacAddress node_mac(const test::Frame& frame) {
  if (frame.size() < sizeof(net::EthernetHeader) + sizeof(net::Ipv4Header)) return {};
  const auto* bytes = frame.bytes().data() + sizeof(net::EthernetHeader);
  return test::mac_of(Ipv4Address(reinterpret_cast<const net::Ipv4Header*>(bytes)->source));
}

/// The MAC addresses that a frame has on a real wire.
void set_macs(test::Frame& frame, const Side& side) {
  if (frame.size() < sizeof(net::EthernetHeader)) return;
  auto& ethernet = *reinterpret_cast<net::EthernetHeader*>(frame.data());
  const MacAddress outside = side.network == 0 ? test::kOutsideMac : kSecondMac;
  const MacAddress router = test::mac_of(side.network == 0 ? test::kRouter : kSecondRouter);
  switch (side.origin) {
    case Origin::network:
      ethernet.source = router;
      ethernet.destination = outside;
      break;
    case Origin::local_network:
      ethernet.source = outside;
      ethernet.destination = router;
      break;
    case Origin::interconnect:
      ethernet.source = node_mac(frame);
      ethernet.destination = test::kInsideMac;
      break;
    case Origin::local_interconnect:
      ethernet.source = test::kInsideMac;
      ethernet.destination = test::mac_of(test::kAlpha);
      break;
  }
}

StoryPacket packet_of(test::Frame frame, const Side& side, std::uint8_t options) {
  // The kernel knows its own.
  const bool kernel = side.origin != Origin::network && side.origin != Origin::interconnect;
  if (kernel || (options & packet_option::wrong_macs) == 0) set_macs(frame, side);
  return {std::move(frame), side.origin, side.network, (options & packet_option::more) != 0};
}

}  // namespace

StoryPacket read_message(Input& input) {
  const Side side = input.one_of(kAllSides);
  const std::uint8_t options = input.byte();
  const std::uint8_t kind = input.byte();
  const Ipv4Address source = source_address(input, side.origin);
  const Ipv4Address destination = destination_address(input, side.origin);
  const std::uint16_t source_port = port(input);
  const std::uint16_t destination_port = port(input);
  const std::uint8_t flags = input.byte();
  const std::string_view payload = input.one_of(kPayloads);
  PacketBuilder builder =
      kind_of_message(kind, flags, quoted(destination, source, destination_port, source_port));
  builder.from(source, source_port).to(destination, destination_port).identifier(source_port);
  if (!payload.empty() && kind % kKinds != kError) builder.payload(payload);
  apply_options(builder, options);
  return packet_of(builder.build(), side, options);
}

StoryPacket read_frame(Input& input) {
  const Side side = input.one_of(kAllSides);
  const std::uint8_t options = input.byte();
  const auto bytes = input.bytes(input.word() % kMaxFrame);
  std::vector<std::byte> frame(bytes.begin(), bytes.end());
  if ((options & packet_option::literal_checksums) == 0) repair_checksums(frame);
  return packet_of(test::Frame(std::move(frame)), side, options);
}

}  // namespace encluster::fuzz
