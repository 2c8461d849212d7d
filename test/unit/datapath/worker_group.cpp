#include "datapath/worker_group.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <optional>

#include "support/packet_builder.hpp"
#include "two_workers.hpp"

namespace encluster::datapath {
namespace {

using namespace encluster::test;
using switching::CommandDone;

switching::InsertConnection connection_of(Ipv4Address remote, std::uint16_t port = 1000) {
  return {{remote, PortNumber(port), PortNumber(kDatabase)}, NodeId(2), PortNumber(kDatabase)};
}

/// Sends, lets both workers work, and returns the answer.
CommandDone ask(TwoWorkers& bench, const WorkerGroup::Question& question) {
  std::optional<CommandDone> answer;
  REQUIRE(bench.group.send(question, [&](const CommandDone& done) {
    CHECK_FALSE(answer.has_value());
    answer = done;
  }));
  for (int i = 0; i < 256 && !answer; ++i) {
    bench.round(0);
    bench.round(1);
    bench.group.poll_events({});
  }
  REQUIRE(answer);
  return *answer;
}

TEST_CASE("a command about a remote is carried out by its owner") {
  TwoWorkers bench;
  for (const WorkerId owner : std::array<WorkerId, 2>{0, 1}) {
    CHECK(ask(bench, connection_of(remote_of(owner))).done);
    CHECK(bench.counters(owner).connections.value() == 1);
  }
  for (const WorkerId owner : std::array<WorkerId, 2>{0, 1}) {
    CHECK(ask(bench, switching::RemoveConnection{connection_of(remote_of(owner)).key}).done);
    CHECK(bench.counters(owner).connections.value() == 0);
  }
}

TEST_CASE("a simulated packet is simulated by its remote's owner") {
  TwoWorkers bench;
  for (const WorkerId owner : std::array<WorkerId, 2>{0, 1}) {
    switching::Simulation simulation;
    const Frame frame = tcp()
                            .macs(mac_of(kRouter), kOutsideMac)
                            .from(remote_of(owner), 40000)
                            .to(kCluster, kDatabase)
                            .syn()
                            .build();
    std::copy(frame.bytes().begin(), frame.bytes().end(), simulation.frame.begin());
    simulation.packet.length = static_cast<std::uint16_t>(frame.size());
    bool answered = false;
    REQUIRE(bench.group.send(switching::SimulatePacket{&simulation},
                             [&](const auto&) { answered = true; }));
    CHECK(bench.group.worker(owner).unanswered() == 1);
    bench.round(owner);
    bench.group.poll_events({});
    CHECK(answered);
    CHECK(simulation.packet.verdict == Verdict::forward);
  }
}

TEST_CASE("a node is reset by every worker, with one answer") {
  TwoWorkers bench;
  for (std::uint32_t number = 0; number < 3; ++number) {
    ask(bench, connection_of(remote_of(0, number)));
  }
  ask(bench, connection_of(remote_of(1)));
  const CommandDone done = ask(bench, switching::ResetNode{NodeId(2)});
  CHECK(done.done);
  CHECK(done.count == 4);
  CHECK(bench.counters(0).connections.value() + bench.counters(1).connections.value() == 0);
}

TEST_CASE("a list goes through the tables of all workers, each record once") {
  TwoWorkers bench;
  constexpr std::uint16_t kEach = 400;
  for (std::uint16_t port = 1; port <= kEach; ++port) {
    ask(bench, connection_of(remote_of(0), port));
    ask(bench, connection_of(remote_of(1), port));
  }
  std::array<std::uint32_t, 2> found{};
  switching::ConnectionPage page;
  int pages = 0;
  do {
    REQUIRE(ask(bench, switching::ListConnections{&page}).count == page.count);
    for (std::uint32_t i = 0; i < page.count; ++i) {
      ++found[switching::shard_of(Ipv4Address(page.connections[i].remote), 2)];
    }
  } while (page.cursor != 0 && ++pages < 100);
  CHECK(found == std::array<std::uint32_t, 2>{kEach, kEach});
}

TEST_CASE("a list from a worker that does not exist is refused") {
  TwoWorkers bench;
  switching::ConnectionPage page;
  page.cursor = 0x7fffffff;
  CHECK_FALSE(bench.group.send(switching::ListConnections{&page}, nullptr));
}

TEST_CASE("a command for all is refused whole if one worker has too many") {
  TwoWorkers bench;
  for (std::size_t i = 0; i < WorkerChannel::kCommands; ++i) {
    REQUIRE(bench.group.worker(1).send(switching::ResetNode{NodeId(1)}, nullptr));
  }
  CHECK_FALSE(bench.group.send(switching::ResetNode{NodeId(1)}, nullptr));
  CHECK(bench.group.worker(0).unanswered() == 0);
}

TEST_CASE("reports of all workers are heard") {
  TwoWorkers bench;
  bench.channels[0].events.send(switching::ResolveNextHop{0, kRouter});
  bench.channels[1].events.send(switching::ResolveNextHop{kInterconnect, kBeta});
  std::vector<Ipv4Address> wanted;
  CHECK(
      bench.group.poll_events({.next_hop = [&](const auto& hop) { wanted.push_back(hop.address); },
                               .renumbered = {}}) == 2);
  CHECK(wanted == std::vector{kRouter, kBeta});
}

}  // namespace
}  // namespace encluster::datapath
