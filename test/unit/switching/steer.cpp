#include "switching/steer.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

#include "support/packet_builder.hpp"
#include "switching/remote_hash.hpp"

namespace encluster::switching {
namespace {

using namespace encluster::test;

constexpr Ipv4Address kCluster{192, 0, 2, 1};
constexpr Ipv4Address kRemote{198, 51, 100, 7};
constexpr Ipv4Address kRouter{192, 0, 2, 254};
constexpr Ipv4Address kNode{10, 77, 0, 11};
constexpr Ipv4Address kInside{10, 77, 0, 1};
constexpr std::array<std::uint8_t, 4> kErrors{3, 4, 11, 12};
constexpr std::uint8_t kRedirect = net::icmp_type::redirect;

const std::vector<std::uint8_t> kOptions(12, 1);  // no-operations

PacketBuilder inbound() { return tcp().from(kRemote, 40000).to(kCluster, 513).syn(); }
PacketBuilder outbound() { return udp().from(kNode, 600).to(kRemote, 53).payload("question"); }

std::optional<Ipv4Address> remote_of(const PacketBuilder& builder, Origin origin) {
  return switching::remote_of(builder.build().bytes(), origin);
}

/// The frame with an 802.1Q tag.
std::vector<std::byte> tagged(const Frame& frame) {
  constexpr std::array kTag{std::byte{0x81}, std::byte{0}, std::byte{0x20}, std::byte{7}};
  std::vector<std::byte> bytes(frame.bytes().begin(), frame.bytes().end());
  bytes.insert(bytes.begin() + 12, kTag.begin(), kTag.end());
  return bytes;
}

TEST_CASE("a packet from a network belongs to its source") {
  CHECK(remote_of(inbound(), Origin::network) == kRemote);
  CHECK(remote_of(icmp_echo_request().from(kRemote).to(kCluster), Origin::network) == kRemote);
  CHECK(remote_of(other_protocol(47).from(kRemote).to(kCluster), Origin::network) == kRemote);
}

TEST_CASE("a packet from the interconnect belongs to its destination") {
  CHECK(remote_of(outbound(), Origin::interconnect) == kRemote);
  CHECK(remote_of(icmp_echo_request().from(kNode).to(kRemote), Origin::interconnect) == kRemote);
}

TEST_CASE("both ends of a hairpin belong to the cluster address") {
  CHECK(remote_of(tcp().from(kNode, 1023).to(kCluster, 514).syn(), Origin::interconnect) ==
        kCluster);
}

TEST_CASE("what the gateway's kernel sends outside belongs to its destination") {
  const auto answer = tcp().from(kCluster, 22).to(kRemote, 40000).syn().ack();
  CHECK(remote_of(answer, Origin::local_network) == kRemote);
}

TEST_CASE("what the gateway's kernel sends inside belongs to nobody") {
  CHECK(remote_of(tcp().from(kInside, 40000).to(kNode, 22).syn(), Origin::local_interconnect) ==
        std::nullopt);
}

TEST_CASE("all fragments belong to the addresses, whatever they carry") {
  const auto whole = inbound().payload("twenty-four bytes, or so");
  CHECK(remote_of(PacketBuilder(whole).fragment(0, true, 16), Origin::network) == kRemote);
  CHECK(remote_of(PacketBuilder(whole).fragment(16, false), Origin::network) == kRemote);
  const auto error =
      icmp_error(net::icmp_type::unreachable, 3, outbound().build()).from(kRouter).to(kCluster);
  CHECK(remote_of(PacketBuilder(error).fragment(0, true, 24), Origin::network) == kRouter);
  CHECK(remote_of(PacketBuilder(error).fragment(24, false), Origin::network) == kRouter);
}

TEST_CASE("an ICMP error from outside belongs to the quote's destination") {
  const Frame sent = udp().from(kCluster, 600).to(kRemote, 53).payload("question").build();
  for (const std::uint8_t type : kErrors) {
    const auto error = icmp_error(type, 1, sent).from(kRouter).to(kCluster);
    CHECK(remote_of(error, Origin::network) == kRemote);
    CHECK(remote_of(PacketBuilder(error).ip_options(kOptions), Origin::network) == kRemote);
  }
}

TEST_CASE("a node's ICMP error, and the kernel's, belong to the quote's source") {
  const Frame delivered = udp().from(kRemote, 53).to(kNode, 600).payload("answer").build();
  for (const std::uint8_t type : kErrors) {
    const auto error = icmp_error(type, 3, delivered).from(kNode).to(kRouter);
    CHECK(remote_of(error, Origin::interconnect) == kRemote);
    CHECK(remote_of(error, Origin::local_network) == kRemote);
  }
}

TEST_CASE("options in the quoted header are no part of the addresses") {
  const Frame sent = udp().from(kCluster, 600).to(kRemote, 53).ip_options(kOptions).build();
  const auto error = icmp_error(3, 3, sent).from(kRouter).to(kCluster);
  CHECK(remote_of(error, Origin::network) == kRemote);
}

TEST_CASE("an ICMP error whose quote cannot be read belongs to its own address") {
  const auto error = [](std::size_t quoted, std::uint8_t first) {
    std::vector<std::byte> quote(quoted);
    if (!quote.empty()) quote[0] = std::byte{first};
    return icmp(3, 1).from(kRouter).to(kCluster).payload(quote);
  };
  for (std::size_t quoted = 0; quoted < 20; ++quoted) {
    CHECK(remote_of(error(quoted, 0x45), Origin::network) == kRouter);
  }
  CHECK(remote_of(error(20, 0x45), Origin::network) == Ipv4Address());
  CHECK(remote_of(error(28, 0x65), Origin::network) == kRouter);  // version 6
  CHECK(remote_of(error(28, 0x44), Origin::network) == kRouter);  // a header of 16 bytes
  CHECK(remote_of(error(28, 0x48), Origin::network) == kRouter);  // of 32, in 28
  CHECK(remote_of(error(28, 0x48), Origin::interconnect) == kCluster);
}

TEST_CASE("a quote does not reach into the frame's padding") {
  const auto error = icmp(3, 1).from(kRouter).to(kCluster).padding(40, 0x45);
  CHECK(remote_of(error, Origin::network) == kRouter);
}

TEST_CASE("redirects, ARP, other protocols and broken headers belong to nobody") {
  const Frame sent = outbound().build();
  CHECK(remote_of(icmp_error(kRedirect, 0, sent).from(kRouter).to(kCluster), Origin::network) ==
        std::nullopt);
  CHECK(remote_of(arp_request().from(kRemote).to(kCluster), Origin::network) == std::nullopt);
  CHECK(remote_of(inbound().ether_type(0x86dd), Origin::network) == std::nullopt);
  constexpr std::array<std::uint8_t, 3> kBroken{0x65, 0x44, 0x05};
  for (const std::uint8_t first : kBroken) {
    Frame broken = inbound().build();
    broken.data()[14] = std::byte{first};
    CHECK(switching::remote_of(broken.bytes(), Origin::network) == std::nullopt);
  }
}

TEST_CASE("a frame with a VLAN tag is read behind the tag") {
  CHECK(switching::remote_of(tagged(inbound().build()), Origin::network) == kRemote);
  CHECK(switching::remote_of(tagged(outbound().build()), Origin::interconnect) == kRemote);
  CHECK(switching::remote_of(tagged(arp_request().from(kRemote).to(kCluster).build()),
                             Origin::network) == std::nullopt);
}

TEST_CASE("a frame that ends early belongs to its remote or to nobody, at every length") {
  const Frame sent = udp().from(kCluster, 600).to(kRemote, 53).payload("question").build();
  const auto error = icmp_error(3, 3, sent).from(kRouter).to(kCluster).build();
  // Copies of their own, so that an address sanitizer sees a read behind the end.
  for (const auto& whole :
       {std::vector(error.bytes().begin(), error.bytes().end()), tagged(error)}) {
    const std::size_t ip = whole.size() - error.size() + 14;
    for (std::size_t length = 0; length <= whole.size(); ++length) {
      const std::vector<std::byte> cut(whole.begin(),
                                       whole.begin() + static_cast<std::ptrdiff_t>(length));
      std::optional<Ipv4Address> expected = kRemote;
      if (length < ip + 20 + 8 + 20) expected = kRouter;
      if (length < ip + 20) expected = std::nullopt;
      CHECK(switching::remote_of(cut, Origin::network) == expected);
    }
  }
}

TEST_CASE("frames of nobody are worker 0's, all others their remote's owner's") {
  for (std::size_t workers = 1; workers <= 64; ++workers) {
    CHECK(steer({}, Origin::network, workers) == 0);
    CHECK(steer(inbound().build().bytes(), Origin::network, workers) == shard_of(kRemote, workers));
    CHECK(steer(outbound().build().bytes(), Origin::interconnect, workers) ==
          shard_of(kRemote, workers));
  }
}

}  // namespace
}  // namespace encluster::switching
