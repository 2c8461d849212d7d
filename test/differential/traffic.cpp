#include "differential/traffic.hpp"

#include <string_view>

#include "net/headers.hpp"

namespace encluster::differential {

namespace {

using std::string_view_literals::operator""sv;
using switching::ClusterState;
using test::PacketBuilder;

constexpr Ipv4Address kSecondCluster{203, 0, 113, 1};
constexpr Ipv4Address kSecondRemote{203, 0, 113, 9};
constexpr Ipv4Address kUnresolved{192, 0, 2, 102};
constexpr MacAddress kSecondMac{2, 0, 0, 0, 0, 0x03};

constexpr std::array kRemotes{test::kRemote, test::kRemote, test::kFarRemote, kUnresolved,
                              kSecondRemote};
constexpr std::array kNodes{test::kAlpha, test::kBeta, test::kGamma};
constexpr std::array kOdd{
    test::kInside,  Ipv4Address(10, 77, 0, 99),  Ipv4Address(10, 77, 0, 255),
    test::kAlpha,   Ipv4Address(192, 0, 2, 255), Ipv4Address(255, 255, 255, 255),
    test::kCluster, Ipv4Address(224, 0, 0, 18),  Ipv4Address(127, 0, 0, 1),
    kSecondCluster, Ipv4Address(0, 0, 0, 0),     test::kRemote};
constexpr auto kPorts = std::to_array<std::uint16_t>({22,
                                                      23,
                                                      80,
                                                      512,
                                                      513,
                                                      514,
                                                      514,
                                                      999,
                                                      1020,
                                                      1021,
                                                      1022,
                                                      1023,
                                                      5000,
                                                      5432,
                                                      8080,
                                                      test::kGatewaySlice,
                                                      test::kAlphaSlice,
                                                      test::kAlphaSlice + 1,
                                                      test::kBetaSlice,
                                                      test::kGammaSlice,
                                                      65535});
constexpr std::array kFlags{0x02u, 0x02u, 0x02u, 0x12u, 0x10u, 0x18u, 0x10u, 0x11u, 0x04u, 0x14u};
constexpr std::array kPayloads{
    ""sv,      ""sv,       "x"sv,       "odd"sv, "1022\0"sv, "1023\0root\0"sv,
    "999\0"sv, "1022\0"sv, "24577\0"sv, "9\0"sv, "514\0"sv,  "01\0"sv};

/// Damage may make fragments and ICMP errors of messages: the model does not know them.
bool is_modelled(const model::Bytes& frame) {
  if (frame.size() < 34) return true;
  const bool fragment = (frame[20] & std::byte{0x3f}) != std::byte{0} || frame[21] != std::byte{0};
  const model::Message message = model::read(frame);
  const bool error = message.icmp() && (message.type == 3 || message.type > 8);
  return !fragment && !error;
}

const MacAddress& device_mac(Origin origin, NetworkIndex network) {
  if (origin == Origin::interconnect) return test::kInsideMac;
  return network == 0 ? test::kOutsideMac : kSecondMac;
}

}  // namespace

ClusterState cluster() {
  ClusterState state = test::example_cluster();
  state.networks.push_back({"lab", {kSecondCluster, 24}, kSecondMac, true});
  state.routes.push_back({{kSecondCluster, 24}, 1, std::nullopt});
  state.neighbours.push_back({1, kSecondRemote, test::mac_of(kSecondRemote)});
  for (ServiceConfig& service : state.services) {
    if (service.name == "telnet") service.nodes = {kGateway, NodeId(1), NodeId(2)};
  }
  ServiceConfig own;
  own.name = "web";
  own.port = PortNumber(std::uint16_t{8080});
  state.services.push_back(own);
  return state;
}

std::uint16_t Dice::port() {
  return below(64) == 0 ? static_cast<std::uint16_t>(below(0x10000)) : one_of(kPorts);
}

Dice::Ends Dice::ends(Origin origin, NetworkIndex network) {
  const Ipv4Address cluster = network == 0 ? test::kCluster : kSecondCluster;
  Ends ends{one_of(kRemotes), cluster, port(), port()};
  if (origin == Origin::interconnect) {
    ends.from = one_of(kNodes);
    ends.to = below(3) == 0 ? cluster : one_of(kRemotes);
  } else if (origin == Origin::local_network) {
    ends.from = cluster;
    ends.to = one_of(kRemotes);
  }
  if (below(40) == 0) ends.from = one_of(kOdd);
  if (below(40) == 0) ends.to = one_of(kOdd);
  return ends;
}

PacketBuilder Dice::segment(const Ends& ends) {
  const unsigned flags = below(100) == 0 ? below(256) : one_of(kFlags);
  const bool syn = (flags & tcp_flag::syn) != 0;
  // Behind a SYN's sequence number, so that announcements are followed.
  PacketBuilder packet = test::tcp().flags(flags).seq(syn ? 99 + below(2) : 100 + below(2));
  if ((flags & tcp_flag::ack) != 0) packet.ack(below(1000));
  packet.from(ends.from, ends.from_port).to(ends.to, ends.to_port);
  return packet.payload(one_of(kPayloads));
}

PacketBuilder Dice::message(const Ends& ends) {
  const auto between = [&](PacketBuilder packet) {
    packet.from(ends.from, ends.from_port).to(ends.to, ends.to_port);
    return packet.payload(one_of(kPayloads));
  };
  const auto identifier = static_cast<std::uint16_t>(below(4));
  switch (below(24)) {
    case 0:
    case 1:
    case 2:
      return between(test::udp());
    case 3:
      return between(test::udp().no_udp_checksum());
    case 4:
    case 5:
      return between(test::icmp_echo_request().identifier(identifier));
    case 6:
    case 7:
      return between(test::icmp_echo_reply().identifier(identifier));
    case 8:
      return test::arp(static_cast<std::uint16_t>(1 + below(2))).from(ends.from).to(ends.to);
    case 9:
      return between(test::other_protocol(static_cast<std::uint8_t>(below(256))));
    default:
      return segment(ends);
  }
}

/// Flips bits or cuts the end off.
void Dice::damage(model::Bytes& frame) {
  if (frame.empty()) return;
  const auto size = static_cast<std::uint32_t>(frame.size());
  if (below(4) == 0) return frame.resize(below(size));
  for (std::uint32_t flips = 1 + below(2); flips != 0; --flips) {
    frame[below(size)] ^= static_cast<std::byte>(1u << below(8));
  }
}

Traffic Dice::packet() {
  constexpr std::array kOrigins{Origin::network,      Origin::network,      Origin::interconnect,
                                Origin::interconnect, Origin::interconnect, Origin::local_network};
  Traffic traffic;
  traffic.origin = one_of(kOrigins);
  traffic.network = below(4) == 0 ? 1 : 0;
  const Ends ends = this->ends(traffic.origin, traffic.network);
  PacketBuilder builder = message(ends);
  MacAddress to = device_mac(traffic.origin, traffic.network);
  if (below(50) == 0) to[below(6)] ^= 1;
  if (below(100) == 0) to = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const bool kernel = traffic.origin == Origin::local_network;
  builder.macs(kernel ? device_mac(traffic.origin, traffic.network) : test::mac_of(ends.from), to);
  if (below(30) == 0) builder.padding(1 + below(20));
  if (below(50) == 0) builder.corrupt_checksum();
  if (below(60) == 0) builder.ip_options({7, 7, 8, 10, 77, 0, 11});
  if (below(60) == 0) builder.ip_options({1, 1, 1, 1});
  const test::Frame frame = builder.build();
  traffic.frame.assign(frame.bytes().begin(), frame.bytes().end());
  if (!kernel && below(25) == 0) damage(traffic.frame);
  return is_modelled(traffic.frame) ? traffic : this->packet();
}

ClusterState Dice::change(ClusterState state) {
  const std::uint32_t which = below(3);
  switch (below(6)) {
    case 0: {
      // The last node comes or goes, and with it its slice.
      if (state.nodes.size() == 3) {
        state.nodes.pop_back();
      } else {
        state.nodes.push_back({"gamma", NodeId(3), test::kGamma});
      }
      return state;
    }
    case 1:
      state.networks[which % 2].dynamic_syn = !state.networks[which % 2].dynamic_syn;
      return state;
    case 2:
      state.nodes[which % state.nodes.size()].draining ^= true;
      return state;
    default:
      state.nodes[which % state.nodes.size()].up ^= true;
      return state;
  }
}

}  // namespace encluster::differential
