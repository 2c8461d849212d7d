#include "switching/steer_check.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <set>

#include "net/headers.hpp"
#include "switching/remote_hash.hpp"

namespace encluster::switching {

namespace {

constexpr Ipv4Address kCluster{192, 0, 2, 1};
constexpr Ipv4Address kRouter{192, 0, 2, 254};

struct End {
  Ipv4Address address;
  PortNumber port;
};

/// A frame without payload, MAC addresses and checksums: what the steering must do with.
class Probe {
 public:
  Probe(const End& from, const End& to, Protocol protocol) {
    append(net::EthernetHeader{{}, {}, net::kEtherTypeIpv4});
    append_ip(from.address, to.address, protocol);
    append(net::UdpHeader{from.port.wire(), to.port.wire(), Be16(kUdp), {}});
  }
  /// An ICMP error about `cause`, as a router or a host sends it.
  Probe(Ipv4Address from, Ipv4Address to, std::uint8_t type, const Probe& cause) {
    append(net::EthernetHeader{{}, {}, net::kEtherTypeIpv4});
    append_ip(from, to, Protocol::icmp);
    append(net::IcmpHeader{type, 0, {}, {}, {}});
    const auto quote = cause.bytes().subspan(sizeof(net::EthernetHeader));
    std::ranges::copy(quote, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += quote.size();
    reinterpret_cast<net::Ipv4Header*>(bytes_.data() + sizeof(net::EthernetHeader))->total_length =
        Be16(static_cast<std::uint16_t>(size_ - sizeof(net::EthernetHeader)));
  }

  /// Makes it a fragment, without a header whose ports could be read if it is not the first.
  [[nodiscard]] Probe fragment(std::uint16_t flags_and_offset, std::uint16_t noise) const {
    Probe probe = *this;
    auto* ip =
        reinterpret_cast<net::Ipv4Header*>(probe.bytes_.data() + sizeof(net::EthernetHeader));
    ip->flags_and_offset = Be16(flags_and_offset);
    const Be16 payload(noise);
    std::memcpy(probe.bytes_.data() + sizeof(net::EthernetHeader) + sizeof *ip, &payload,
                sizeof payload);
    return probe;
  }

  [[nodiscard]] std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }

 private:
  static constexpr std::uint16_t kUdp = sizeof(net::UdpHeader);

  template <typename Header>
  void append(const Header& header) {
    std::memcpy(bytes_.data() + size_, &header, sizeof header);
    size_ += sizeof header;
  }
  void append_ip(Ipv4Address from, Ipv4Address to, Protocol protocol) {
    net::Ipv4Header ip{};
    ip.version_and_length = 0x45;
    ip.total_length = Be16(static_cast<std::uint16_t>(sizeof ip + kUdp));
    ip.protocol = static_cast<std::uint8_t>(protocol);
    ip.source = from.wire();
    ip.destination = to.wire();
    append(ip);
  }

  std::array<std::byte, 128> bytes_{};
  std::size_t size_ = 0;
};

/// One flow between a remote and the cluster; `remote` may be the cluster itself (a hairpin).
class Flow {
 public:
  Flow(std::mt19937_64& random, bool hairpin)
      : remote_{hairpin ? kCluster : Ipv4Address(static_cast<std::uint32_t>(random())),
                port(random)},
        cluster_{kCluster, port(random)},
        node_{Ipv4Address(10, 77, 0, static_cast<std::uint8_t>(1 + random() % 250)), port(random)},
        protocol_(random() % 2 == 0 ? Protocol::tcp : Protocol::udp),
        noise_(static_cast<std::uint16_t>(random())),
        hairpin_(hairpin) {}

  [[nodiscard]] Ipv4Address remote() const { return remote_.address; }

  /// Compares where each of the flow's frames goes. @return what goes astray
  [[nodiscard]] std::optional<std::string> check(const Steering& steering) const {
    const Probe sent(node_, remote_, protocol_);
    const WorkerId owner = steering(sent.bytes(), Origin::interconnect);
    const auto astray = [&](const Probe& probe, Origin origin) {
      return steering(probe.bytes(), origin) != owner;
    };
    for (const std::uint16_t part :
         {net::kMoreFragments, std::uint16_t{0x2001}, std::uint16_t{2}}) {
      if (astray(sent.fragment(part, noise_), Origin::interconnect)) return "an outbound fragment";
    }
    const Probe delivered(remote_, node_, protocol_);
    if (astray({node_.address, remote_.address, net::icmp_type::unreachable, delivered},
               Origin::interconnect)) {
      return "a node's ICMP error";
    }
    return hairpin_ ? check_other_end(astray) : check_outside(astray);
  }

 private:
  static PortNumber port(std::mt19937_64& random) {
    return PortNumber(static_cast<std::uint16_t>(random()));
  }

  template <typename Astray>
  [[nodiscard]] std::optional<std::string> check_outside(const Astray& astray) const {
    const Probe received(remote_, cluster_, protocol_);
    const Probe left(cluster_, remote_, protocol_);
    if (astray(received, Origin::network)) return "an answer from outside";
    if (astray(left, Origin::local_network)) return "a packet of the gateway's kernel";
    for (const std::uint16_t part :
         {net::kMoreFragments, std::uint16_t{0x2001}, std::uint16_t{2}}) {
      if (astray(received.fragment(part, noise_), Origin::network)) return "an inbound fragment";
    }
    for (const std::uint8_t type : {net::icmp_type::unreachable, net::icmp_type::time_exceeded}) {
      if (astray({kRouter, kCluster, type, left}, Origin::network)) return "a router's ICMP error";
      if (astray({kCluster, remote_.address, type, received}, Origin::local_network)) {
        return "an ICMP error of the gateway's kernel";
      }
    }
    return std::nullopt;
  }

  /// The receiving node of a hairpin sees the cluster as its remote.
  template <typename Astray>
  [[nodiscard]] std::optional<std::string> check_other_end(const Astray& astray) const {
    const End other{Ipv4Address(node_.address.value() ^ 1), cluster_.port};
    if (astray({other, {kCluster, node_.port}, protocol_}, Origin::interconnect)) {
      return "the other end of a hairpin";
    }
    return std::nullopt;
  }

  End remote_;
  End cluster_;
  End node_;
  Protocol protocol_;
  std::uint16_t noise_;
  bool hairpin_;
};

}  // namespace

std::optional<std::string> check_steering(const Steering& steering, std::size_t workers,
                                          std::size_t flows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<WorkerId> used;
  for (std::size_t i = 0; i < flows; ++i) {
    constexpr std::size_t kHairpinEvery = 8;
    const Flow flow(random, i % kHairpinEvery == 0);
    if (const auto what = flow.check(steering)) return *what + " does not reach its flow's worker";
    used.insert(shard_of(flow.remote(), workers));
  }
  if (used.size() != workers) return "some worker would own no remote";
  return std::nullopt;
}

}  // namespace encluster::switching
