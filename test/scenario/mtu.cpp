// An interconnect that carries larger frames than the outside, and the other way round.
#include <algorithm>
#include <catch2/catch.hpp>

#include "support/fragments.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr std::size_t kIp = 14;

switching::ClusterState with_mtus(std::uint16_t network, std::uint16_t interconnect) {
  switching::ClusterState state = example_cluster();
  state.networks[0].mtu = network;
  state.interconnect.mtu = interconnect;
  return state;
}

PacketBuilder from_alpha(std::size_t payload) {
  return udp().from(kAlpha, kAlphaSlice).to(kRemote, 53).payload(pattern(payload));
}

std::vector<std::vector<std::byte>> all_frames(const Outcome& out, const Gateway& gateway) {
  std::vector<std::vector<std::byte>> frames;
  CHECK(out.verdict == Verdict::forward);
  frames.push_back(out.frame);
  for (const Outcome& extra : gateway.extras()) {
    CHECK(extra.verdict == Verdict::forward);
    CHECK(extra.egress == out.egress);
    frames.push_back(extra.frame);
  }
  return frames;
}

/// The MSS in the first option of a SYN, and what it was sent with.
std::uint16_t mss_of(const std::vector<std::byte>& frame) {
  const std::size_t at = kIp + 20 + 20 + 2;
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(frame.at(at)) << 8 |
                                    std::to_integer<unsigned>(frame.at(at + 1)));
}

PacketBuilder with_mss(PacketBuilder segment, std::uint16_t mss) {
  return segment.tcp_options(
      {2, 4, static_cast<std::uint8_t>(mss >> 8), static_cast<std::uint8_t>(mss & 0xff)});
}

}  // namespace

TEST_CASE("a node's datagram that is larger than the outside carries leaves in fragments") {
  Gateway gateway(with_mtus(1500, 9000));
  for (const std::size_t payload : {1473U, 2952U, 2953U, 8972U}) {
    const auto frames = all_frames(gateway.from_node(from_alpha(payload)), gateway);
    CHECK(frames.size() == (payload + 8 + 1479) / 1480);
    for (const auto& frame : frames) {
      CHECK(frame.size() <= 1500 + kIp);
      CHECK(std::equal(frame.begin(), frame.begin() + 6, mac_of(kRemote).begin(),
                       [](std::byte a, std::uint8_t b) { return a == std::byte{b}; }));
    }
    const auto whole = reassemble(frames);
    CHECK(checksums_ok(whole));
    CHECK(payload_of(whole) == pattern(payload));
  }
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("a datagram that just fits leaves whole") {
  Gateway gateway(with_mtus(1500, 9000));
  const Outcome out = gateway.from_node(from_alpha(1472));
  CHECK(out.text == "192.0.2.1:24576 > 192.0.2.101:53 UDP len 1472");
  CHECK(gateway.extras().empty());
}

TEST_CASE("large fragments are divided further") {
  Gateway gateway(with_mtus(1500, 9000));
  const auto datagram = from_alpha(20000).identification(3);
  std::vector<std::vector<std::byte>> frames;
  auto parts = parts_of(20000 + 8, 8976);
  std::ranges::reverse(parts);
  for (const Part& which : parts) {
    const Outcome out = gateway.from_node(part(datagram, which));
    if (out.verdict == Verdict::forward) frames.push_back(out.frame);
    for (const Outcome& extra : gateway.extras()) frames.push_back(extra.frame);
  }
  for (const auto& frame : frames) CHECK(frame.size() <= 1500 + kIp);
  const auto whole = reassemble(frames);
  CHECK(checksums_ok(whole));
  CHECK(payload_of(whole) == pattern(20000));
}

TEST_CASE("only the first piece has options that are not to be copied") {
  Gateway gateway(with_mtus(1500, 9000));
  gateway.change([](auto& state) { std::swap(state.networks[0].mtu, state.interconnect.mtu); });
  const std::uint8_t stream = 136;  // copied
  const std::uint8_t other = 82;    // trace route: not copied
  const auto sent = udp()
                        .from(kRemote, 53)
                        .to(kCluster, kAlphaSlice)
                        .payload(pattern(4000))
                        .ip_options({stream, 4, 9, 9, other, 4, 9, 9});
  const auto frames = all_frames(gateway.from_remote(sent), gateway);
  REQUIRE(frames.size() == 3);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i][kIp + 20] == std::byte{stream});
    CHECK(frames[i][kIp + 24] == (i == 0 ? std::byte{other} : std::byte{1}));
  }
  CHECK(payload_of(reassemble(frames)) == pattern(4000));
}

TEST_CASE("a node is told the MTU of what must not be fragmented") {
  Gateway gateway(with_mtus(1400, 1500));
  const auto sent = from_alpha(1400).dont_fragment();
  const Outcome out = gateway.from_node(sent);
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.reason == DropReason::too_big);
  CHECK(out.egress == kInterconnect);
  CHECK(out.text == "10.77.0.1 > 10.77.0.11 ICMP type 3 code 4");
  CHECK(out.frame[kIp + 20 + 6] == std::byte{1400 >> 8});
  CHECK(out.frame[kIp + 20 + 7] == std::byte{1400 & 0xff});
  CHECK(checksums_ok(out.frame));
  // The quote is what the node sent.
  const Frame original = sent.build();
  CHECK(std::equal(out.frame.begin() + kIp + 28, out.frame.end(), original.bytes().begin() + 14));
}

TEST_CASE("a remote is told the MTU of the interconnect by the cluster") {
  Gateway gateway(with_mtus(9000, 1500));
  const auto sent =
      udp().from(kRemote, 53).to(kCluster, kAlphaSlice).payload(pattern(1473)).dont_fragment();
  const Outcome out = gateway.from_remote(sent);
  CHECK(out.verdict == Verdict::answer);
  CHECK(out.egress == 0);
  CHECK(out.text == "192.0.2.1 > 192.0.2.101 ICMP type 3 code 4");
}

TEST_CASE("a remote's datagram that is larger than the interconnect carries is divided") {
  Gateway gateway(with_mtus(9000, 1500));
  const auto sent =
      udp().from(kRemote, 53).to(kCluster, kAlphaSlice).payload(pattern(8000)).identification(9);
  const auto whole = reassemble(all_frames(gateway.from_remote(sent), gateway));
  CHECK(describe(whole) == "192.0.2.101:53 > 10.77.0.11:24576 UDP len 8000");
  CHECK(identification_of(whole) == 9);
}

TEST_CASE("a later fragment that must not be divided is dropped without an answer") {
  Gateway gateway(with_mtus(1500, 9000));
  const auto datagram = from_alpha(8000).identification(3);
  static_cast<void>(gateway.from_node(part(datagram, {0, 1024, true})));
  const Outcome out = gateway.from_node(part(datagram, {1024, 4096, true}).dont_fragment());
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::too_big);
}

TEST_CASE("without buffers for all its pieces a datagram is dropped whole") {
  Gateway gateway(with_mtus(1500, 9000));
  gateway.exhaust_buffers(true);
  const Outcome out = gateway.from_node(from_alpha(4000));
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::no_buffer);
  CHECK(gateway.extras().empty());
}

TEST_CASE("a burst of more pieces than there is room for loses whole datagrams, and names them") {
  Gateway gateway(with_mtus(1500, 9000));
  std::vector<Frame> frames;
  for (int i = 0; i < 60; ++i) {
    frames.push_back(from_alpha(8972).macs(mac_of(kAlpha), kInsideMac).build());
  }
  const auto outs = gateway.receive_burst(std::move(frames), Origin::interconnect);
  const auto left = std::ranges::count(outs, Verdict::forward, &Outcome::verdict);
  CHECK(left == switching::Emitter::kCapacity / 6);
  CHECK(std::ranges::count(outs, DropReason::no_buffer, &Outcome::reason) == 60 - left);
  CHECK(std::ranges::count(gateway.extras(), Verdict::forward, &Outcome::verdict) == 6 * left);
  CHECK(gateway.extras().size() == static_cast<std::size_t>(6 * left));
}

TEST_CASE("what waited and finds no room for its pieces is dropped, and named") {
  Gateway gateway(with_mtus(1500, 9000));
  const auto parts = parts_of(60000 + 8, 8960);
  std::vector<Frame> firsts;
  for (std::uint16_t id = 1; id <= 9; ++id) {
    const auto whole = from_alpha(60000).identification(id).macs(mac_of(kAlpha), kInsideMac);
    for (const Part& which : std::span(parts).subspan(1)) {
      CHECK(gateway.from_node(part(whole, which)).verdict == Verdict::hold);
    }
    firsts.push_back(part(whole, parts[0]).build());
  }
  static_cast<void>(gateway.receive_burst(std::move(firsts), Origin::interconnect));
  Extras extras = gateway.extras();
  CHECK(extras.size() == switching::Emitter::kCapacity);
  for (Outcome& out : gateway.pass(1)) extras.push_back(std::move(out));
  const auto dropped = std::ranges::count(extras, Verdict::drop, &Outcome::verdict);
  CHECK(dropped > 0);
  CHECK(std::ranges::count(extras, DropReason::no_buffer, &Outcome::reason) == dropped);
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("a SYN and a SYN-ACK announce no more than both sides carry") {
  for (const auto& [network, interconnect] :
       {std::pair{1500, 9000}, std::pair{9000, 1500}, std::pair{1500, 1500}}) {
    Gateway gateway(
        with_mtus(static_cast<std::uint16_t>(network), static_cast<std::uint16_t>(interconnect)));
    const auto syn = tcp().from(kRemote, 1023).to(kCluster, 513).syn();
    const Outcome in = gateway.from_remote(with_mss(syn, 8960));
    CHECK(mss_of(in.frame) == 1460);
    CHECK(checksums_ok(in.frame));
    const auto answer = tcp().from(in.packet.destination, 513).to(kRemote, 1023).syn().ack(1);
    const Outcome out = gateway.from_node(with_mss(answer, 8960));
    CHECK(mss_of(out.frame) == 1460);
    CHECK(checksums_ok(out.frame));
  }
}

TEST_CASE("a smaller MSS, or none, stays as it is") {
  Gateway gateway;
  const auto syn = tcp().from(kAlpha, kAlphaSlice).to(kRemote, 80).syn();
  CHECK(mss_of(gateway.from_node(with_mss(syn, 536)).frame) == 536);
  CHECK(mss_of(gateway.from_node(with_mss(syn, 1460)).frame) == 1460);
  CHECK(checksums_ok(gateway.from_node(syn).frame));
}

TEST_CASE("an MSS at an odd place, behind other options, is found; broken options are left alone") {
  Gateway gateway;
  const auto syn = [](const std::vector<std::uint8_t>& options) {
    return tcp().from(kAlpha, kAlphaSlice).to(kRemote, 80).syn().tcp_options(options);
  };
  const Outcome odd = gateway.from_node(syn({1, 2, 4, 0x23, 0x00, 1, 3, 3, 7}));
  CHECK(odd.frame.at(kIp + 40 + 3) == std::byte{1460 >> 8});
  CHECK(odd.frame.at(kIp + 40 + 4) == std::byte{1460 & 0xff});
  CHECK(checksums_ok(odd.frame));
  for (const auto& broken : {std::vector<std::uint8_t>{2, 0, 0x23, 0},
                             {2, 1, 0x23, 0},
                             {2, 3, 0x23, 0},
                             {2, 5, 0x23, 0},
                             {0, 2, 4, 0x23},
                             {5, 9, 2, 4},
                             {1, 1, 1, 2}}) {
    const Frame expected = syn(broken).from(kCluster, kAlphaSlice).build();
    const Outcome out = gateway.from_node(syn(broken));
    CHECK(std::equal(out.frame.begin() + kIp + 20 + 20, out.frame.end(),
                     expected.bytes().begin() + kIp + 20 + 20));
    CHECK(checksums_ok(out.frame));
  }
}

TEST_CASE("a datagram that would be divided can be simulated, and leaves no trace") {
  Gateway gateway(with_mtus(1500, 9000));
  CHECK(gateway.simulate(from_alpha(1900), Origin::interconnect).verdict == Verdict::forward);
  CHECK(gateway.extras().empty());
}
