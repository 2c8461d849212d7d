// Thousands of random packets among nodes, remotes and the gateway's kernel: whatever happens, no
// inside address leaves, no buffer is lost, and an answer finds the way back.
#include <algorithm>
#include <catch2/catch.hpp>

#include "support/random_packets.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

constexpr Ipv4Prefix kInterconnectPrefix{kInside, 24};

/// What must hold for everything that comes out.
void check_sound(const Outcome& out) {
  CHECK(out.verdict != Verdict::pending);
  if (out.verdict == Verdict::drop) CHECK(out.reason != DropReason::none);
  if (out.verdict != Verdict::forward && out.verdict != Verdict::answer) return;
  const Ends ends = ends_of(out.frame);
  if (out.egress == kInterconnect) {
    CHECK(std::count(kNodes.begin(), kNodes.end(), ends.destination) == 1);
    if (out.verdict == Verdict::forward) CHECK_FALSE(kInterconnectPrefix.contains(ends.source));
  } else {
    CHECK(out.egress == 0);
    CHECK(ends.source == kCluster);
    CHECK(ends.destination != kCluster);
    CHECK_FALSE(kInterconnectPrefix.contains(ends.destination));
  }
}

switching::ClusterState cluster_with_neighbours() {
  switching::ClusterState state = example_cluster();
  state.neighbours.push_back({0, Ipv4Address(192, 0, 2, 102), mac_of(kRemotes[3])});
  for (auto& service : state.services) {
    if (service.name == "telnet") service.nodes = {kGateway, NodeId(1)};
  }
  return state;
}

class Traffic {
 public:
  explicit Traffic(std::uint32_t seed) : dice(seed), gateway(cluster_with_neighbours()) {}

  /// One packet from anywhere, with every check.
  void step() {
    switch (dice.below(8)) {
      case 0:
      case 1:
        return from_remote();
      case 2:
        return from_kernel();
      case 3:
        return rsh();
      default:
        return from_node();
    }
  }

  void let_time_pass() {
    for (const Outcome& out : gateway.pass(dice.below(100))) check(out);
  }

  Dice dice;
  Gateway gateway;

 private:
  void check(const Outcome& out) {
    INFO(out.text);
    check_sound(out);
    if (out.verdict != Verdict::hold) CHECK(checksums_ok(out.frame));
    CHECK(gateway.buffers_kept() == gateway.pipeline().held());
  }

  void from_node() {
    const Ends sent = dice.outbound(dice.one_of(kNodes));
    const PacketBuilder packet = dice.packet(sent);
    const Outcome out = gateway.from_node(packet);
    INFO(describe(packet.build().bytes()) << " became " << out.text);
    check(out);
    if (out.verdict == Verdict::answer) CHECK(ends_of(out.frame).destination == sent.source);
    if (!opens(out)) return;
    const bool hairpin = out.egress == kInterconnect;
    const Outcome back = answer_to(out, hairpin ? Origin::interconnect : Origin::network);
    CHECK(back.verdict == Verdict::forward);
    CHECK(ends_of(back.frame) == ends_of(packet.build().bytes()).reversed());
  }

  void from_kernel() {
    Ends sent = dice.outbound(kCluster);
    if (sent.destination == kCluster) sent.destination = kRemote;
    const PacketBuilder packet = dice.packet(sent);
    const Outcome out = gateway.from_kernel(packet);
    INFO(describe(packet.build().bytes()) << " became " << out.text);
    check(out);
    if (!opens(out)) return;
    const Outcome back = answer_to(out, Origin::network);
    CHECK(back.verdict == Verdict::local);
    CHECK(ends_of(back.frame) == ends_of(packet.build().bytes()).reversed());
  }

  void from_remote() {
    const Ends sent{dice.one_of(kRemotes), kCluster, dice.one_of(kPorts), dice.one_of(kPorts)};
    const PacketBuilder packet = dice.packet(sent);
    const Outcome out = gateway.from_remote(packet);
    INFO(describe(packet.build().bytes()) << " became " << out.text);
    check(out);
    if (!opens(out) || out.packet.protocol != Protocol::tcp) return;
    const bool local = out.verdict == Verdict::local;
    const Outcome back = answer_to(out, local ? Origin::local_network : Origin::interconnect);
    CHECK(back.verdict == Verdict::forward);
    CHECK(ends_of(back.frame) == ends_of(packet.build().bytes()).reversed());
  }

  /// A node's rsh to a remote or to the cluster: the second connection has to reach the node.
  void rsh() {
    const Ipv4Address node = dice.one_of(kNodes);
    const Ipv4Address to = dice.below(4) == 0 ? kCluster : dice.one_of(kRemotes);
    const auto port = static_cast<std::uint16_t>(1015 + dice.below(9));
    const auto announced = static_cast<std::uint16_t>(1015 + dice.below(9));
    const auto client = tcp().from(node, port).to(to, 514);
    const std::uint32_t sequence = dice.below(1000);
    check(gateway.from_node(PacketBuilder(client).syn().seq(sequence)));
    const std::string payload = std::to_string(announced) + '\0';
    const Outcome out = gateway.from_node(
        PacketBuilder(client).ack(1).seq(sequence + 1).payload(std::string_view(payload)));
    INFO("announced " << announced << " by " << out.text);
    check(out);
    if (out.verdict != Verdict::forward) return;
    const auto shown = static_cast<std::uint16_t>(std::stoi(payload_of(out.frame)));
    const bool hairpin = to == kCluster;
    // From a port that no other packet of this test comes from.
    const Ends second{hairpin ? kAlpha : to, kCluster, 600, shown};
    const Outcome in = gateway.simulate(between(tcp(), second).syn(),
                                        hairpin ? Origin::interconnect : Origin::network);
    CHECK(ends_of(in.frame) == Ends{to, node, 600, announced});
  }

  /// True if the answer has to find its way back: to a SYN, a datagram or an echo request.
  static bool opens(const Outcome& out) {
    const bool sent = out.verdict == Verdict::forward ||
                      (out.verdict == Verdict::local && out.packet.origin == Origin::network);
    if (!sent) return false;
    if (out.packet.protocol == Protocol::tcp) {
      return (out.packet.tcp_flags & (tcp_flag::syn | tcp_flag::ack)) == tcp_flag::syn;
    }
    return out.packet.protocol == Protocol::udp ||
           out.text.find("echo request") != std::string::npos;
  }

  /// What would become of the receiver's answer.
  Outcome answer_to(const Outcome& out, Origin origin) {
    const Ends ends = ends_of(out.frame).reversed();
    switch (out.packet.protocol) {
      case Protocol::tcp:
        return gateway.simulate(between(tcp(), ends).syn().ack(100), origin);
      case Protocol::udp:
        return gateway.simulate(between(udp(), ends), origin);
      case Protocol::icmp:
        return gateway.simulate(between(icmp_echo_reply(), ends), origin);
    }
    return {};
  }
};

/// Flips a bit or cuts the end off.
Frame damaged(const Frame& frame, Dice& dice) {
  std::vector<std::byte> bytes(frame.bytes().begin(), frame.bytes().end());
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (dice.below(4) == 0) {
    bytes.resize(dice.below(size));
  } else {
    bytes[dice.below(size)] ^= std::byte(1u << dice.below(8));
  }
  return Frame(bytes);
}

}  // namespace

TEST_CASE("random packets get sound verdicts, and their answers find the way back") {
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    Traffic traffic(seed);
    for (int i = 0; i < 2000; ++i) {
      traffic.step();
      if (i % 50 == 0) traffic.let_time_pass();
    }
    CHECK(traffic.gateway.counters().claims_renumbered.value() > 0);
    CHECK(traffic.gateway.counters().announcements_replaced.value() > 0);
    CHECK(traffic.gateway.counters().echoes_renumbered.value() > 0);
    traffic.gateway.pass(200);
    CHECK(traffic.gateway.buffers_kept() == 0);
  }
}

TEST_CASE("random bursts get sound verdicts") {
  Dice dice(7);
  Gateway gateway(cluster_with_neighbours());
  for (int i = 0; i < 300; ++i) {
    std::vector<Frame> frames;
    for (std::uint32_t left = 1 + dice.below(kMaxBurst); left != 0; --left) {
      const Ipv4Address node = dice.one_of(kNodes);
      frames.push_back(dice.packet(dice.outbound(node)).macs(mac_of(node), kInsideMac).build());
    }
    for (const Outcome& out : gateway.receive_burst(std::move(frames), Origin::interconnect)) {
      INFO(out.text);
      check_sound(out);
      CHECK(checksums_ok(out.frame));
    }
    CHECK(gateway.buffers_kept() == 0);
  }
}

TEST_CASE("damaged frames get sound verdicts") {
  Dice dice(8);
  Gateway gateway(cluster_with_neighbours());
  for (int i = 0; i < 5000; ++i) {
    const Ipv4Address node = dice.one_of(kNodes);
    Frame frame = dice.packet(dice.outbound(node)).macs(mac_of(node), kInsideMac).build();
    const Outcome out = gateway.receive(damaged(frame, dice), Origin::interconnect);
    INFO(out.text);
    check_sound(out);
    CHECK(gateway.buffers_kept() == gateway.pipeline().held());
  }
}
