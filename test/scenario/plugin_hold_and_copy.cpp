// Verdicts that a routing function gives: hold until the cluster has changed, and copy.
#include <catch2/catch.hpp>

#include "net/headers.hpp"
#include "support/fragments.hpp"
#include "support/scripted_service.hpp"
#include "switching/emitter.hpp"
#include "switching/parked.hpp"

using namespace encluster;
using namespace encluster::test;

TEST_CASE("hold: the message is routed again when the cluster has changed") {
  ScriptedGateway gateway("hold until beta");
  gateway.change([](auto& state) { state.nodes[1].up = false; });
  CHECK(gateway.from_remote(call()).verdict == Verdict::hold);
  CHECK(gateway.pass(1).empty());
  gateway.change([](auto& state) { state.nodes[1].up = true; });
  const Extras released = gateway.pass(1);
  REQUIRE(released.size() == 1);
  CHECK(released[0].verdict == Verdict::forward);
  CHECK(released[0].text == "192.0.2.101:700 > 10.77.0.12:2049 UDP len 4");
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("hold: the message is dropped when nothing changed in time") {
  ScriptedGateway gateway("hold until beta");
  gateway.change([](auto& state) { state.nodes[1].up = false; });
  gateway.from_remote(call());
  const Extras dropped = gateway.pass(switching::Parked::kLife);
  REQUIRE(dropped.size() == 1);
  CHECK(dropped[0].verdict == Verdict::drop);
  CHECK(dropped[0].reason == DropReason::hold_expired);
}

TEST_CASE("hold: a change that does not matter lets the message wait on") {
  ScriptedGateway gateway("hold until beta");
  gateway.change([](auto& state) { state.nodes[1].up = false; });
  gateway.from_remote(call());
  gateway.change([](auto& state) { state.nodes[0].weight = 5; });
  gateway.pass(1);
  CHECK(gateway.buffers_kept() == 1);
  gateway.change([](auto& state) { state.nodes[1].up = true; });
  gateway.pass(1);
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("hold: only so many messages are kept") {
  ScriptedGateway gateway("hold until beta");
  gateway.change([](auto& state) { state.nodes[1].up = false; });
  for (std::size_t i = 0; i < switching::Parked::kCapacity; ++i) {
    CHECK(gateway.from_remote(call()).verdict == Verdict::hold);
  }
  const Outcome out = gateway.from_remote(call());
  CHECK(out.verdict == Verdict::drop);
  CHECK(out.reason == DropReason::hold_full);
  gateway.change([](auto& state) { state.nodes[1].up = true; });
  CHECK(gateway.pass(1).size() == switching::Parked::kCapacity);
}

TEST_CASE("hold: the other fragments of a message wait for their first, and follow it") {
  ScriptedGateway gateway("hold until beta");
  gateway.change([](auto& state) { state.nodes[1].up = false; });
  const auto whole = call().payload(pattern(3000));
  const auto parts = parts_of(3000 + 8, 1480);
  for (const std::size_t i : {1U, 0U, 2U}) {
    CHECK(gateway.from_remote(part(whole, parts[i])).verdict == Verdict::hold);
  }
  CHECK(gateway.from_remote(part(whole, parts[0])).reason == DropReason::fragment_duplicate);
  gateway.change([](auto& state) { state.nodes[1].up = true; });
  std::vector<std::vector<std::byte>> frames;
  for (const Outcome& out : gateway.pass(1)) frames.push_back(out.frame);
  CHECK(frames.size() == 3);
  CHECK(describe(reassemble(frames)) == "192.0.2.101:700 > 10.77.0.12:2049 UDP len 3000");
  CHECK(gateway.buffers_kept() == 0);
  CHECK(gateway.pipeline().fragments().datagrams() == 0);
}

TEST_CASE("hold: a first fragment whose datagram gave way meanwhile is followed anew") {
  switching::PipelineLimits limits = Gateway::small_limits();
  limits.fragments = {2, 2, 4, 4};
  ScriptedGateway gateway(scripted("hold until beta"), limits);
  gateway.change([](auto& state) { state.nodes[1].up = false; });
  const auto parts = parts_of(3000 + 8, 1480);
  const auto whole = call().payload(pattern(3000));
  CHECK(gateway.from_remote(part(whole, parts[1])).verdict == Verdict::hold);
  CHECK(gateway.from_remote(part(whole, parts[0])).verdict == Verdict::hold);
  for (const Ipv4Address remote : {remote_beside(1), remote_beside(2)}) {
    const auto other = PacketBuilder(whole).from(remote, 700);
    CHECK(gateway.from_remote(part(other, parts[1])).verdict == Verdict::hold);
  }
  REQUIRE(gateway.extras().size() == 1);
  CHECK(gateway.extras()[0].reason == DropReason::fragment_limit);
  gateway.change([](auto& state) { state.nodes[1].up = true; });
  const Extras released = gateway.pass(1);
  REQUIRE(released.size() == 2);
  CHECK(released[0].verdict == Verdict::forward);
  CHECK(released[1].reason == DropReason::fragment_limit);
  CHECK(gateway.from_remote(part(whole, parts[2])).verdict == Verdict::forward);
}

TEST_CASE("copy: every node gets the message once") {
  ScriptedGateway gateway("copy");
  const Outcome out = gateway.from_remote(call());
  CHECK(out.text == "192.0.2.101:700 > 10.77.0.11:2049 UDP len 4");
  REQUIRE(gateway.extras().size() == 2);
  CHECK(gateway.extras()[0].text == "192.0.2.101:700 > 10.77.0.12:2049 UDP len 4");
  CHECK(gateway.extras()[1].text == "192.0.2.101:700 > 10.77.0.13:2049 UDP len 4");
  for (const Outcome& copy : gateway.extras()) {
    CHECK(copy.verdict == Verdict::forward);
    CHECK(checksums_ok(copy.frame));
    const auto& ethernet = *reinterpret_cast<const net::EthernetHeader*>(copy.frame.data());
    CHECK(ethernet.destination == mac_of(copy.packet.destination));
  }
}

TEST_CASE("copy: the gateway's own copy goes to the local stack") {
  ServiceConfig service = scripted("copy");
  service.nodes = {NodeId(1), kGateway};
  ScriptedGateway gateway(service);
  CHECK(gateway.from_remote(call()).verdict == Verdict::forward);
  REQUIRE(gateway.extras().size() == 1);
  CHECK(gateway.extras()[0].verdict == Verdict::local);
  CHECK(gateway.extras()[0].text == "192.0.2.101:700 > 192.0.2.1:2049 UDP len 4");
}

TEST_CASE("copy: nodes that do not exist get none") {
  ServiceConfig service = scripted("copy");
  service.options["absent"] = "first";
  ScriptedGateway gateway(service);
  CHECK(gateway.from_remote(call()).packet.node == NodeId(1));
  CHECK(gateway.extras().size() == 2);
}

TEST_CASE("copy: to no node at all is a drop") {
  ServiceConfig service = scripted("copy");
  service.nodes.clear();
  ScriptedGateway gateway(service);
  CHECK(gateway.from_remote(call()).reason == DropReason::no_node);
}

TEST_CASE("copy: copies are limited by the second, and what is missing is counted") {
  ScriptedGateway gateway("copy");
  std::size_t copies = 0;
  for (int i = 0; i < 600; ++i) {
    CHECK(gateway.from_remote(call()).verdict == Verdict::forward);
    copies += gateway.extras().size();
  }
  CHECK(copies == switching::Emitter::kCopiesPerSecond);
  const auto limited = static_cast<std::size_t>(DropReason::rate_limited);
  CHECK(gateway.counters().drops[limited].value() == 1200 - switching::Emitter::kCopiesPerSecond);
  gateway.pass(1);
  gateway.from_remote(call());
  CHECK(gateway.extras().size() == 2);
}

TEST_CASE("a held message that goes to more nodes than there is room for is not lost") {
  ServiceConfig service = scripted("copy when beta is up");
  switching::ClusterState state = example_cluster();
  state.interconnect.address.length = 16;
  state.ports.slice_size = 0;
  for (std::uint16_t id = 4; id <= 300; ++id) {
    const Ipv4Address address(kInside.value() + 256u + id);
    state.nodes.push_back({"node" + std::to_string(id), NodeId(id), address});
    state.neighbours.push_back({kInterconnect, address, mac_of(address)});
    service.nodes.push_back(NodeId(id));
  }
  state.services.push_back(service);
  Gateway gateway(state, Gateway::small_limits(), {{"scripted", &make_scripted}});
  gateway.change([](auto& cluster) { cluster.nodes[1].up = false; });
  CHECK(gateway.from_remote(call()).verdict == Verdict::hold);
  gateway.change([](auto& cluster) { cluster.nodes[1].up = true; });
  const Extras sent = gateway.pass(1);
  CHECK(sent.size() == switching::Emitter::kCapacity);
  CHECK(sent.front().packet.node == NodeId(1));
  for (const Outcome& out : sent) CHECK(out.verdict == Verdict::forward);
}
