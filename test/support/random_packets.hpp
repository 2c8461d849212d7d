// Random packets from few hosts and ports, so that they meet.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <string_view>

#include "net/headers.hpp"
#include "support/gateway.hpp"

namespace encluster::test {

inline constexpr std::array kNodes{kAlpha, kBeta, kGamma};
inline constexpr std::array kRemotes{kRemote, kFarRemote, Ipv4Address(198, 51, 100, 8),
                                     Ipv4Address(192, 0, 2, 102)};
inline constexpr auto kPorts = std::to_array<std::uint16_t>(
    {20, 512, 513, 514, 999, 1021, 1022, 1023, 5000, 5432, kGatewaySlice, kAlphaSlice,
     kAlphaSlice + 1, kBetaSlice, kGammaSlice, 65535});

/// Addresses and ports of a message; of an echo the identifier, twice.
struct Ends {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;

  [[nodiscard]] Ends reversed() const {
    return {destination, source, destination_port, source_port};
  }
  friend bool operator==(const Ends&, const Ends&) = default;
};

/// Addresses and ports of a TCP, UDP or echo message as they are in the frame.
inline Ends ends_of(std::span<const std::byte> frame) {
  const auto& ip = *reinterpret_cast<const net::Ipv4Header*>(frame.data() + 14);
  const auto* transport = frame.data() + 14 + ip.header_length();
  Ends ends{Ipv4Address(ip.source), Ipv4Address(ip.destination)};
  if (ip.protocol == static_cast<std::uint8_t>(Protocol::icmp)) {
    const auto& icmp = *reinterpret_cast<const net::IcmpHeader*>(transport);
    ends.source_port = ends.destination_port = icmp.identifier.host();
  } else {
    const auto& ports = *reinterpret_cast<const net::UdpHeader*>(transport);
    ends.source_port = ports.source_port.host();
    ends.destination_port = ports.destination_port.host();
  }
  return ends;
}

inline PacketBuilder between(PacketBuilder builder, const Ends& ends) {
  return builder.from(ends.source, ends.source_port)
      .to(ends.destination, ends.destination_port)
      .identifier(ends.source_port);
}

/// Makes packets. Everything follows from the seed.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : generator_(seed) {}

  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(generator_() % limit);
  }
  template <typename Values>
  auto one_of(const Values& values) {
    return values[below(static_cast<std::uint32_t>(std::size(values)))];
  }

  PacketBuilder packet(const Ends& ends) {
    switch (below(8)) {
      case 0:
        return between(udp(), ends).payload(payload());
      case 1:
        return between(icmp_echo_request(), ends).payload(payload());
      case 2:
        return between(icmp_echo_reply(), ends).payload(payload());
      default:
        return segment(ends);
    }
  }

  Ends outbound(Ipv4Address from) {
    const Ipv4Address to = below(4) == 0 ? kCluster : one_of(kRemotes);
    return {from, to, one_of(kPorts), one_of(kPorts)};
  }

 private:
  PacketBuilder segment(const Ends& ends) {
    constexpr std::array<unsigned, 8> kFlags{0x02, 0x02, 0x02, 0x12, 0x10, 0x18, 0x11, 0x04};
    const unsigned flags = one_of(kFlags);
    const std::uint32_t sequence = (flags & tcp_flag::syn) != 0 ? 99 : 100;
    return between(tcp(), ends).flags(flags).seq(sequence).payload(payload());
  }
  std::string_view payload() {
    using std::string_view_literals::operator""sv;
    constexpr std::array kPayloads{
        ""sv,      ""sv,        "x"sv,   "odd"sv,  "1022\0"sv, "1022\0root\0"sv,
        "999\0"sv, "24577\0"sv, "9\0"sv, "514\0"sv};
    return one_of(kPayloads);
  }

  std::mt19937 generator_;
};

}  // namespace encluster::test
