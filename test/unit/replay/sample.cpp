#include "sample.hpp"

#include <sstream>

#include "control/parse_configuration.hpp"
#include "replay/pcapng_writer.hpp"

namespace encluster::replay::test {

namespace {

constexpr std::uint64_t kStart = 1'700'000'000'000'000'000;

const MacAddress& mac_of(Ipv4Address node) { return node == kBeta ? kBetaMac : kAlphaMac; }

}  // namespace

const std::string& configuration_text() {
  static const std::string text = R"(
cluster: {name: demo}
networks:
  - {name: campus, device: "net_af_packet0,iface=ext0", address: 192.0.2.1/24, gateway: 192.0.2.254}
interconnect: {device: "net_af_packet1,iface=int0", address: 10.77.0.1/24}
ports: {first: 16384, last: 65535, slice: 16384}
nodes:
  - {name: alpha, id: 1, address: 10.77.0.11}
  - {name: beta, id: 2, address: 10.77.0.12}
services:
  - {name: rlogin, port: 513/tcp, plugin: login}
  - {name: database, port: 5432/tcp, node: beta}
connections: {maximum: 1024, embryonic: 64}
)";
  return text;
}

const control::Configuration& configuration() {
  static const control::Configuration parsed =
      control::parse_configuration_text(configuration_text(), "gateway.yaml");
  return parsed;
}

Frames& Frames::outside(PacketBuilder builder, std::uint64_t milliseconds) {
  return add(0, builder.macs(kRemoteMac, kOutsideMac), milliseconds);
}

Frames& Frames::inside(PacketBuilder builder, std::uint64_t milliseconds) {
  const Frame frame = builder.build();
  const auto* ip = reinterpret_cast<const net::Ipv4Header*>(frame.bytes().data() + 14);
  return add(1, builder.macs(mac_of(Ipv4Address(ip->source)), kInsideMac), milliseconds);
}

Frames& Frames::sent_outside(PacketBuilder builder, std::uint64_t milliseconds) {
  return add(0, builder.macs(kOutsideMac, kRemoteMac), milliseconds);
}

Frames& Frames::sent_inside(PacketBuilder builder, std::uint64_t milliseconds) {
  const Frame frame = builder.build();
  const auto* ip = reinterpret_cast<const net::Ipv4Header*>(frame.bytes().data() + 14);
  return add(1, builder.macs(kInsideMac, mac_of(Ipv4Address(ip->destination))), milliseconds);
}

Frames& Frames::add(std::uint32_t interface, const PacketBuilder& builder,
                    std::uint64_t milliseconds) {
  frames_.push_back({interface, kStart + milliseconds * 1'000'000, builder.build()});
  return *this;
}

std::vector<CapturedFrame> Frames::all() const {
  std::vector<CapturedFrame> frames;
  for (const Kept& kept : frames_) {
    frames.push_back({kept.interface, kept.nanoseconds,
                      static_cast<std::uint32_t>(kept.frame.size()), kept.frame.bytes()});
  }
  return frames;
}

std::string Frames::file() const {
  std::ostringstream out;
  PcapngWriter writer(out, "test");
  writer.add_interface("ext0");
  writer.add_interface("int0");
  for (const CapturedFrame& frame : all()) {
    writer.write(frame.interface, frame.nanoseconds, frame.bytes, frame.original_length, {});
  }
  return out.str();
}

}  // namespace encluster::replay::test
