// Packets that wait for the MAC address of their next hop.
#include <catch2/catch.hpp>
#include <variant>

#include "support/gateway.hpp"
#include "switching/hold.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

/// The example cluster, whose kernel does not know alpha's MAC address yet.
switching::ClusterState without_alpha() {
  switching::ClusterState state = example_cluster();
  std::erase_if(state.neighbours, [](const auto& known) { return known.address == kAlpha; });
  return state;
}

void resolve_alpha(Gateway& gateway) {
  gateway.change([](auto& state) {
    state.neighbours.push_back({kInterconnect, kAlpha, mac_of(kAlpha)});
  });
}

PacketBuilder to_alpha(std::uint16_t port = kAlphaSlice) {
  return udp().from(kRemote, 53).to(kCluster, port).payload("answer");
}

std::vector<switching::ResolveNextHop> questions(const Gateway& gateway) {
  std::vector<switching::ResolveNextHop> asked;
  for (const switching::WorkerEvent& event : gateway.events()) {
    if (const auto* what = std::get_if<switching::ResolveNextHop>(&event)) asked.push_back(*what);
  }
  return asked;
}

/// To one of many remotes on the network itself that nobody has resolved.
Outcome send_to_remote(Gateway& gateway, int host) {
  const Ipv4Address remote(192, 0, 2, static_cast<std::uint8_t>(110 + host));
  return gateway.from_node(tcp().from(kAlpha, kAlphaSlice).to(remote, 80).syn());
}

}  // namespace

TEST_CASE("a packet whose next hop is not resolved is held, and the kernel is asked once") {
  Gateway gateway(without_alpha());
  for (int i = 0; i < 3; ++i) CHECK(gateway.from_remote(to_alpha()).verdict == Verdict::hold);
  CHECK(gateway.buffers_kept() == 3);
  const auto asked = questions(gateway);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].egress == kInterconnect);
  CHECK(asked[0].address == kAlpha);
}

TEST_CASE("held packets go out in order, with MAC addresses, once the next hop is resolved") {
  Gateway gateway(without_alpha());
  for (std::uint16_t i = 0; i < 3; ++i) {
    gateway.from_remote(to_alpha(static_cast<std::uint16_t>(kAlphaSlice + i)));
  }
  resolve_alpha(gateway);
  const Extras released = gateway.pass(1);
  REQUIRE(released.size() == 3);
  CHECK(gateway.buffers_kept() == 0);
  for (std::size_t i = 0; i < released.size(); ++i) {
    CHECK(released[i].verdict == Verdict::forward);
    CHECK(released[i].egress == kInterconnect);
    CHECK(released[i].text ==
          "192.0.2.101:53 > 10.77.0.11:" + std::to_string(kAlphaSlice + i) + " UDP len 6");
    CHECK(checksums_ok(released[i].frame));
    const auto& ethernet = *reinterpret_cast<const net::EthernetHeader*>(released[i].frame.data());
    CHECK(ethernet.source == kInsideMac);
    CHECK(ethernet.destination == mac_of(kAlpha));
  }
}

TEST_CASE("a next hop holds eight packets") {
  Gateway gateway(without_alpha());
  for (std::size_t i = 0; i < switching::Hold::kPackets; ++i) {
    CHECK(gateway.from_remote(to_alpha()).verdict == Verdict::hold);
  }
  const Outcome ninth = gateway.from_remote(to_alpha());
  CHECK(ninth.verdict == Verdict::drop);
  CHECK(ninth.reason == DropReason::hold_full);
  resolve_alpha(gateway);
  CHECK(gateway.pass(1).size() == switching::Hold::kPackets);
  CHECK(gateway.from_remote(to_alpha()).verdict == Verdict::forward);
}

TEST_CASE("held packets are dropped after two seconds, and the kernel is asked again") {
  Gateway gateway(without_alpha());
  gateway.from_remote(to_alpha());
  gateway.from_remote(to_alpha());
  CHECK(gateway.pass(1).empty());
  const Extras dropped = gateway.pass(1);
  REQUIRE(dropped.size() == 2);
  for (const Outcome& out : dropped) {
    CHECK(out.verdict == Verdict::drop);
    CHECK(out.reason == DropReason::unresolved);
  }
  CHECK(gateway.buffers_kept() == 0);
  CHECK(gateway.from_remote(to_alpha()).verdict == Verdict::hold);
  CHECK(questions(gateway).size() == 2);
}

TEST_CASE("packets wait for sixty-four next hops at most", "[one-worker]") {
  Gateway gateway;
  for (int host = 0; host < int{switching::Hold::kNextHops}; ++host) {
    CHECK(send_to_remote(gateway, host).verdict == Verdict::hold);
  }
  const Outcome out = send_to_remote(gateway, int{switching::Hold::kNextHops});
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::hold_full);
  CHECK(questions(gateway).size() == switching::Hold::kNextHops);
  CHECK(gateway.pass(2).size() == switching::Hold::kNextHops);
  CHECK(send_to_remote(gateway, int{switching::Hold::kNextHops}).verdict == Verdict::hold);
}

TEST_CASE("one next hop that stays silent does not delay the others") {
  Gateway gateway(without_alpha());
  gateway.from_remote(to_alpha());
  CHECK(gateway.from_remote(to_alpha(kBetaSlice)).verdict == Verdict::forward);
  CHECK(send_to_remote(gateway, 0).verdict == Verdict::hold);
  resolve_alpha(gateway);
  CHECK(gateway.pass(1).size() == 1);
  CHECK(gateway.buffers_kept() == 1);
}

TEST_CASE("a full hold comes out over several rounds, with no packet lost") {
  Gateway gateway;
  for (int host = 0; host < int{switching::Hold::kNextHops}; ++host) {
    for (std::size_t i = 0; i < switching::Hold::kPackets; ++i) {
      CHECK(send_to_remote(gateway, host).verdict == Verdict::hold);
    }
  }
  gateway.change([](auto& state) {
    for (int host = 0; host < int{switching::Hold::kNextHops}; ++host) {
      const Ipv4Address remote(192, 0, 2, static_cast<std::uint8_t>(110 + host));
      state.neighbours.push_back({0, remote, mac_of(remote)});
    }
  });
  std::size_t forwarded = 0;
  for (const Outcome& out : gateway.pass(1)) forwarded += out.verdict == Verdict::forward ? 1 : 0;
  CHECK(forwarded == switching::Hold::kNextHops * switching::Hold::kPackets);
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("a probe for a node that is not resolved is held too") {
  Gateway gateway;
  gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).syn());
  gateway.from_remote(tcp().from(kRemote, 1023).to(kCluster, 513).ack());
  gateway.change([](auto& state) { state.neighbours.clear(); });
  const Extras sent = gateway.pass(7210);
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].verdict == Verdict::hold);
  CHECK(sent[1].reason == DropReason::unresolved);
  CHECK(gateway.connections().size() == 1);
}

TEST_CASE("a packet that waits for a node is dropped when the node is removed") {
  Gateway gateway(without_alpha());
  CHECK(gateway.from_remote(to_alpha()).verdict == Verdict::hold);
  gateway.change([](auto& state) {
    std::erase_if(state.nodes, [](const auto& node) { return node.address == kAlpha; });
    state.neighbours.push_back({kInterconnect, kAlpha, mac_of(kAlpha)});
  });
  const Extras released = gateway.pass(1);
  REQUIRE(released.size() == 1);
  CHECK(released[0].reason == DropReason::no_node);
}
