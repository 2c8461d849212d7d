// Datagrams in fragments: the first decides, the others follow, in any order and both directions.
#include "support/fragments.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "support/scripted_service.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::size_t kEach = 1480;  // what fits an MTU of 1500

PacketBuilder inbound(std::size_t bytes, std::uint16_t identification = 77) {
  return udp()
      .from(kRemote, 53)
      .to(kCluster, kAlphaSlice)
      .payload(pattern(bytes))
      .identification(identification);
}

PacketBuilder outbound(std::size_t bytes, std::uint16_t identification = 77) {
  return udp()
      .from(kAlpha, kAlphaSlice)
      .to(kRemote, 53)
      .payload(pattern(bytes))
      .identification(identification);
}

/// Sends a datagram's parts one by one, and collects all frames that leave for `egress`.
template <typename Send>
std::vector<std::vector<std::byte>> frames_of(Gateway& gateway,
                                              const std::vector<PacketBuilder>& parts,
                                              Send&& send) {
  std::vector<std::vector<std::byte>> frames;
  for (const PacketBuilder& builder : parts) {
    const Outcome out = send(builder);
    if (out.verdict == Verdict::forward) frames.push_back(out.frame);
    CHECK(out.verdict != Verdict::drop);
    for (const Outcome& extra : gateway.extras()) {
      CHECK(extra.verdict == Verdict::forward);
      frames.push_back(extra.frame);
    }
  }
  return frames;
}

std::vector<PacketBuilder> builders(const PacketBuilder& whole, std::vector<Part> parts) {
  std::vector<PacketBuilder> all;
  for (const Part& which : parts) all.push_back(part(whole, which));
  return all;
}

}  // namespace

TEST_CASE("a remote's datagram of 23 fragments reaches its node whole") {
  Gateway gateway;
  const auto parts = parts_of(32768 + 8, kEach);
  REQUIRE(parts.size() == 23);
  const auto frames = frames_of(gateway, builders(inbound(32768), parts),
                                [&](const auto& p) { return gateway.from_remote(p); });
  CHECK(frames.size() == parts.size());
  const auto whole = reassemble(frames);
  CHECK(describe(whole) == "192.0.2.101:53 > 10.77.0.11:24576 UDP len 32768");
  CHECK(checksums_ok(whole));
  CHECK(payload_of(whole) == pattern(32768));
  CHECK(identification_of(whole) == 77);
  CHECK(gateway.pipeline().fragments().datagrams() == 0);
}

TEST_CASE("a datagram of 64 KiB passes in both directions") {
  Gateway gateway;
  const auto parts = parts_of(65507 + 8, kEach);
  const auto in = reassemble(frames_of(gateway, builders(inbound(65507), parts),
                                       [&](const auto& p) { return gateway.from_remote(p); }));
  CHECK(checksums_ok(in));
  const auto out = reassemble(frames_of(gateway, builders(outbound(65507), parts),
                                        [&](const auto& p) { return gateway.from_node(p); }));
  CHECK(checksums_ok(out));
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("the order of the fragments does not matter") {
  auto parts = parts_of(6000 + 8, kEach);
  std::ranges::sort(parts, {}, &Part::offset);
  do {
    Gateway gateway;
    const auto whole = reassemble(frames_of(gateway, builders(inbound(6000), parts),
                                            [&](const auto& p) { return gateway.from_remote(p); }));
    CHECK(checksums_ok(whole));
    CHECK(payload_of(whole) == pattern(6000));
    CHECK(gateway.buffers_kept() == 0);
    CHECK(gateway.pipeline().fragments().datagrams() == 0);
  } while (std::ranges::next_permutation(parts, {}, &Part::offset).found);
}

TEST_CASE("the last fragment first, as some kernels send them, within one burst") {
  Gateway gateway;
  auto parts = parts_of(32768 + 8, kEach);
  std::ranges::reverse(parts);
  std::vector<Frame> burst;
  for (const Part& which : parts) {
    burst.push_back(part(inbound(32768), which).macs(mac_of(kRouter), kOutsideMac).build());
  }
  std::vector<std::vector<std::byte>> frames;
  for (const Outcome& out : gateway.receive_burst(std::move(burst), Origin::network)) {
    REQUIRE(out.verdict == Verdict::forward);
    frames.push_back(out.frame);
  }
  CHECK(payload_of(reassemble(frames)) == pattern(32768));
  CHECK(gateway.extras().empty());
}

TEST_CASE("equal identifications of several remotes are told apart") {
  Gateway gateway;
  gateway.change([](auto& state) { state.neighbours.push_back({0, {192, 0, 2, 102}, {2, 9}}); });
  const Ipv4Address other(192, 0, 2, 102);
  const auto to_beta =
      udp().from(other, 53).to(kCluster, kBetaSlice).payload(pattern(3000)).identification(77);
  const auto parts = parts_of(3000 + 8, kEach);
  std::vector<std::vector<std::byte>> alpha;
  std::vector<std::vector<std::byte>> beta;
  for (const Part& which : parts) {
    alpha.push_back(gateway.from_remote(part(inbound(3000), which)).frame);
    beta.push_back(gateway.from_remote(part(to_beta, which)).frame);
  }
  CHECK(describe(reassemble(alpha)) == "192.0.2.101:53 > 10.77.0.11:24576 UDP len 3000");
  CHECK(describe(reassemble(beta)) == "192.0.2.102:53 > 10.77.0.12:32768 UDP len 3000");
}

TEST_CASE("a node's datagram in fragments leaves under the cluster's address") {
  Gateway gateway;
  auto parts = parts_of(20000 + 8, kEach);
  std::ranges::reverse(parts);
  const auto whole = reassemble(frames_of(gateway, builders(outbound(20000), parts),
                                          [&](const auto& p) { return gateway.from_node(p); }));
  CHECK(describe(whole) == "192.0.2.1:24576 > 192.0.2.101:53 UDP len 20000");
  CHECK(checksums_ok(whole));
}

TEST_CASE("two nodes with one identification get two towards a remote") {
  Gateway gateway;
  const auto parts = parts_of(3000 + 8, kEach);
  const auto from_beta =
      udp().from(kBeta, kBetaSlice).to(kRemote, 53).payload(pattern(3000)).identification(77);
  std::vector<std::vector<std::byte>> alpha;
  std::vector<std::vector<std::byte>> beta;
  for (const Part& which : parts) {
    alpha.push_back(gateway.from_node(part(outbound(3000), which)).frame);
    beta.push_back(gateway.from_node(part(from_beta, which)).frame);
  }
  CHECK(identification_of(reassemble(alpha)) != identification_of(reassemble(beta)));
}

TEST_CASE("datagrams that may be fragmented further on have identifications that differ") {
  Gateway gateway;
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(identification_of(gateway.from_node(outbound(10)).frame));
    const auto own = udp().from(kCluster, kGatewaySlice).to(kRemote, 53).identification(77);
    seen.insert(identification_of(gateway.from_kernel(own).frame));
  }
  CHECK(seen.size() == 2000);
}

TEST_CASE("a datagram that must not be fragmented keeps its identification") {
  Gateway gateway;
  CHECK(identification_of(gateway.from_node(outbound(10).dont_fragment()).frame) == 77);
}

TEST_CASE("identifications differ towards a node, too, that hears several under one address") {
  Gateway gateway;
  const auto to_gamma = [](Ipv4Address node, std::uint16_t port) {
    return udp().from(node, port).to(kCluster, kGammaSlice).payload("x").identification(77);
  };
  const auto a = gateway.from_node(to_gamma(kAlpha, kAlphaSlice));
  const auto b = gateway.from_node(to_gamma(kBeta, kBetaSlice));
  CHECK(a.egress == kInterconnect);
  CHECK(identification_of(a.frame) != identification_of(b.frame));
}

TEST_CASE("a hairpin's fragments go from node to node under the cluster's address") {
  Gateway gateway;
  const auto sent = udp().from(kAlpha, kAlphaSlice).to(kCluster, kBetaSlice).payload(pattern(9000));
  auto parts = parts_of(9000 + 8, kEach);
  std::ranges::reverse(parts);
  const auto whole = reassemble(frames_of(gateway, builders(sent, parts),
                                          [&](const auto& p) { return gateway.from_node(p); }));
  CHECK(describe(whole) == "192.0.2.1:24576 > 10.77.0.12:32768 UDP len 9000");
  CHECK(checksums_ok(whole));
}

TEST_CASE("fragments for the gateway's kernel reach it as they came") {
  Gateway gateway;
  const auto request =
      icmp_echo_request().from(kRemote).to(kCluster).identifier(9).payload(pattern(20000));
  for (const Part& which : parts_of(20000 + 8, kEach)) {
    const auto sent = part(request, which);
    const Outcome out = gateway.from_remote(sent);
    CHECK(out.verdict == Verdict::local);
    const Frame expected = PacketBuilder(sent).macs(mac_of(kRouter), kOutsideMac).build();
    CHECK(Frame(out.frame, 0) == expected);
  }
}

TEST_CASE("the gateway's kernel sends fragments under an identification of their own") {
  Gateway gateway;
  const auto reply =
      icmp_echo_reply().from(kCluster).to(kRemote).identifier(9).payload(pattern(20000));
  const auto whole = reassemble(frames_of(gateway, builders(reply, parts_of(20000 + 8, kEach)),
                                          [&](const auto& p) { return gateway.from_kernel(p); }));
  CHECK(checksums_ok(whole));
  CHECK(describe(whole) == "192.0.2.1 > 192.0.2.101 ICMP echo reply id 9 seq 0");
}

TEST_CASE("an echo in fragments finds its way out and back") {
  Gateway gateway;
  const auto parts = parts_of(20000 + 8, kEach);
  const auto request =
      icmp_echo_request().from(kBeta).to(kRemote).identifier(9).payload(pattern(20000));
  const auto out = reassemble(frames_of(gateway, builders(request, parts),
                                        [&](const auto& p) { return gateway.from_node(p); }));
  CHECK(checksums_ok(out));
  const auto reply =
      icmp_echo_reply().from(kRemote).to(kCluster).identifier(9).payload(pattern(20000));
  const auto back = reassemble(frames_of(gateway, builders(reply, parts),
                                         [&](const auto& p) { return gateway.from_remote(p); }));
  CHECK(describe(back) == "192.0.2.101 > 10.77.0.12 ICMP echo reply id 9 seq 0");
  CHECK(checksums_ok(back));
}

TEST_CASE("a session's segments in fragments go to its node") {
  Gateway gateway;
  REQUIRE(gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).syn()).verdict ==
          Verdict::forward);
  const auto segment = tcp().from(kRemote, 1023).to(kCluster, 513).ack(1).payload(pattern(3000));
  const auto whole = reassemble(frames_of(gateway, builders(segment, parts_of(3000 + 20, kEach)),
                                          [&](const auto& p) { return gateway.from_remote(p); }));
  CHECK(describe(whole) == "192.0.2.101:1023 > 10.77.0.11:513 TCP A seq 0 ack 1 len 3000");
  CHECK(checksums_ok(whole));
}

TEST_CASE("what follows a refused first fragment is dropped for the same reason") {
  Gateway gateway;
  const auto foreign = udp().from(kAlpha, kBetaSlice).to(kRemote, 53).payload(pattern(3000));
  const auto parts = parts_of(3000 + 8, kEach);
  CHECK(gateway.from_node(part(foreign, parts[1])).verdict == Verdict::hold);
  const Outcome first = gateway.from_node(part(foreign, parts[0]));
  CHECK(first.verdict == Verdict::answer);
  CHECK(first.reason == DropReason::foreign_slice);
  REQUIRE(gateway.extras().size() == 1);
  CHECK(gateway.extras()[0].reason == DropReason::foreign_slice);
  CHECK(gateway.from_node(part(foreign, parts[2])).reason == DropReason::foreign_slice);
}

TEST_CASE("what follows a first fragment that a service answered is dropped for a reason") {
  ScriptedGateway gateway("answer");
  const auto whole = call().payload(pattern(3000));
  const auto parts = parts_of(3000 + 8, kEach);
  CHECK(gateway.from_remote(part(whole, parts[1])).verdict == Verdict::hold);
  CHECK(gateway.from_remote(part(whole, parts[0])).verdict == Verdict::answer);
  REQUIRE(gateway.extras().size() == 1);
  CHECK(gateway.extras()[0].reason == DropReason::routing_function);
  CHECK(gateway.from_remote(part(whole, parts[2])).reason == DropReason::routing_function);
}

TEST_CASE("what follows a first fragment that the gateway's kernel may not send is dropped") {
  Gateway gateway;
  const auto foreign = udp().from(kCluster, kBetaSlice).to(kRemote, 53).payload(pattern(3000));
  const auto parts = parts_of(3000 + 8, kEach);
  CHECK(gateway.from_kernel(part(foreign, parts[1])).verdict == Verdict::hold);
  const Outcome first = gateway.from_kernel(part(foreign, parts[0]));
  CHECK(first.verdict == Verdict::local);
  CHECK(first.reason == DropReason::foreign_slice);
  REQUIRE(gateway.extras().size() == 1);
  CHECK(gateway.extras()[0].verdict == Verdict::drop);
  CHECK(gateway.extras()[0].reason == DropReason::foreign_slice);
  CHECK(gateway.from_kernel(part(foreign, parts[2])).reason == DropReason::foreign_slice);
}

TEST_CASE("options of fragments for the gateway's kernel stay as they came") {
  Gateway gateway;
  const auto request = icmp_echo_request()
                           .from(kAlpha)
                           .to(kCluster)
                           .identifier(9)
                           .ip_options({7, 7, 8, 10, 77, 0, 11, 0})
                           .payload(pattern(3000));
  for (const Part& which : parts_of(3000 + 8, kEach - 8)) {
    const auto sent = part(request, which);
    const Outcome out = gateway.from_node(sent);
    CHECK(out.verdict == Verdict::local);
    const Frame expected = PacketBuilder(sent).macs(mac_of(kAlpha), kInsideMac).build();
    CHECK(Frame(out.frame, 0) == expected);
  }
}

TEST_CASE("fragments that wait for a next hop leave when it is known") {
  Gateway gateway;
  const Ipv4Address stranger(192, 0, 2, 200);
  const auto sent = udp().from(kAlpha, kAlphaSlice).to(stranger, 53).payload(pattern(3000));
  for (const Part& which : parts_of(3000 + 8, kEach)) {
    CHECK(gateway.from_node(part(sent, which)).verdict == Verdict::hold);
  }
  gateway.change([&](auto& state) { state.neighbours.push_back({0, stranger, mac_of(stranger)}); });
  std::vector<std::vector<std::byte>> frames;
  for (const Outcome& out : gateway.pass(1)) frames.push_back(out.frame);
  CHECK(payload_of(reassemble(frames)) == pattern(3000));
}

TEST_CASE("a fragment can be simulated, and leaves no trace") {
  Gateway gateway;
  const auto parts = parts_of(3000 + 8, kEach);
  CHECK(gateway.simulate(part(inbound(3000), parts[1]), Origin::network).verdict == Verdict::hold);
  CHECK(gateway.simulate(part(inbound(3000), parts[0]), Origin::network).verdict ==
        Verdict::forward);
  CHECK(gateway.pipeline().fragments().datagrams() == 0);
  static_cast<void>(gateway.from_remote(part(inbound(3000), parts[0])));
  const Outcome out = gateway.simulate(part(inbound(3000), parts[1]), Origin::network);
  CHECK(out.verdict == Verdict::forward);
  CHECK(out.packet.destination == kAlpha);
}
