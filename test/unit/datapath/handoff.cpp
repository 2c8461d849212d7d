#include "datapath/handoff.hpp"

#include <catch2/catch.hpp>

#include "support/packet_builder.hpp"
#include "two_workers.hpp"

namespace encluster::datapath {
namespace {

using namespace encluster::test;

constexpr std::array<WorkerId, 2> kBoth{0, 1};
constexpr WorkerId other_than(WorkerId worker) { return worker == 0 ? 1 : 0; }

PacketBuilder syn_from(Ipv4Address remote) {
  return tcp().macs(mac_of(kRouter), kOutsideMac).from(remote, 40000).to(kCluster, kDatabase).syn();
}

PacketBuilder answer_to(Ipv4Address remote) {
  return tcp()
      .macs(mac_of(kBeta), kInsideMac)
      .from(kBeta, kDatabase)
      .to(remote, 40000)
      .syn()
      .ack(1);
}

std::string text(const std::optional<Bytes>& frame) { return frame ? describe(*frame) : "nothing"; }

TEST_CASE("a packet that the wrong worker received is carried by its owner") {
  TwoWorkers bench;
  for (const WorkerId owner : kBoth) {
    const WorkerId other = other_than(owner);
    const Ipv4Address remote = remote_of(owner);
    bench.network[other].feed(syn_from(remote).build().bytes());
    CHECK(bench.round(other) == 1);
    CHECK(text(bench.interconnect[other].sent()) == "nothing");
    CHECK(bench.round(owner) == 1);
    const auto inbound = bench.interconnect[owner].sent();
    REQUIRE(inbound);
    CHECK(text(inbound) == to_string(remote) + ":40000 > 10.77.0.12:5432 TCP S seq 0");
    CHECK(checksums_ok(*inbound));
    bench.interconnect[other].feed(answer_to(remote).build().bytes());
    CHECK(bench.round(other) == 1);
    CHECK(bench.round(owner) == 1);
    const auto outbound = bench.network[owner].sent();
    REQUIRE(outbound);
    CHECK(text(outbound) == "192.0.2.1:5432 > " + to_string(remote) + ":40000 TCP SA seq 0 ack 1");
    CHECK(checksums_ok(*outbound));
    CHECK(bench.counters(other).handed_over.value() == 2);
    CHECK(bench.counters(other).network_received[0].packets.value() == 1);
    CHECK(bench.counters(owner).interconnect_sent.packets.value() == 1);
  }
}

TEST_CASE("a packet that its owner received is not handed over") {
  TwoWorkers bench;
  for (const WorkerId owner : kBoth) {
    bench.network[owner].feed(syn_from(remote_of(owner)).build().bytes());
    CHECK(bench.round(owner) == 1);
    CHECK(bench.interconnect[owner].sent().has_value());
    CHECK(bench.counters(owner).handed_over.value() == 0);
  }
}

TEST_CASE("of a mixed burst each worker carries its own, in their order") {
  TwoWorkers bench;
  for (std::uint32_t number = 0; number < 8; ++number) {
    bench.network[0].feed(syn_from(remote_of(0, number)).build().bytes());
    bench.network[0].feed(syn_from(remote_of(1, number)).build().bytes());
  }
  CHECK(bench.round(0) == 16);
  CHECK(bench.round(1) == 8);
  for (const WorkerId owner : kBoth) {
    for (std::uint32_t number = 0; number < 8; ++number) {
      CHECK(text(bench.interconnect[owner].sent()) ==
            to_string(remote_of(owner, number)) + ":40000 > 10.77.0.12:5432 TCP S seq 0");
    }
    CHECK(text(bench.interconnect[owner].sent()) == "nothing");
  }
}

TEST_CASE("a session that one node opens towards the cluster has one worker at both ends") {
  TwoWorkers bench;
  const WorkerId owner = switching::shard_of(kCluster, 2);
  const WorkerId other = other_than(owner);
  const Frame syn = tcp()
                        .macs(mac_of(kAlpha), kInsideMac)
                        .from(kAlpha, kAlphaSlice)
                        .to(kCluster, kDatabase)
                        .syn()
                        .build();
  bench.interconnect[owner].feed(syn.bytes());
  CHECK(bench.round(owner) == 1);
  CHECK(text(bench.interconnect[owner].sent()) == "192.0.2.1:24576 > 10.77.0.12:5432 TCP S seq 0");
  const Frame answer = tcp()
                           .macs(mac_of(kBeta), kInsideMac)
                           .from(kBeta, kDatabase)
                           .to(kCluster, kAlphaSlice)
                           .syn()
                           .ack(1)
                           .build();
  bench.interconnect[other].feed(answer.bytes());
  CHECK(bench.round(other) == 1);
  CHECK(bench.round(owner) == 1);
  CHECK(text(bench.interconnect[owner].sent()) ==
        "192.0.2.1:5432 > 10.77.0.11:24576 TCP SA seq 0 ack 1");
}

TEST_CASE("what finds an owner's ring full is dropped by name") {
  TwoWorkers bench;
  const Bytes frame = [] {
    const Frame syn = syn_from(remote_of(1)).build();
    return Bytes(syn.bytes().begin(), syn.bytes().end());
  }();
  const std::size_t room = Handoff::frames(2);
  for (std::size_t sent = 0; sent < room + 32; ++sent) {
    bench.network[0].feed(frame);
    if (sent % kBurst == kBurst - 1) bench.round(0);
  }
  CHECK(bench.counters(0).handed_over.value() == room);
  CHECK(bench.drops(0, DropReason::handoff_full) == 32);
}

TEST_CASE("frames that are under way when the workers end are freed") {
  TwoWorkers bench;
  bench.network[0].feed(syn_from(remote_of(1)).build().bytes());
  bench.interconnect[1].feed(answer_to(remote_of(0)).build().bytes());
  bench.round(0);
  bench.round(1);
  CHECK(bench.counters(0).handed_over.value() == 1);
  CHECK(bench.counters(1).handed_over.value() == 1);
}

}  // namespace
}  // namespace encluster::datapath
