#include "recovery/renumberings.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

#include "fake_workers.hpp"

namespace encluster::recovery {
namespace {

using agent_protocol::Renumbering;
using agent_protocol::Renumberings;
using switching::Command;
using switching::ConnectionPage;

constexpr Ipv4Address kRemote(198, 51, 100, 7);

ConnectionPage& page_of(const Command& command) {
  return *std::get<switching::ListConnections>(command.what).page;
}

struct Fixture {
  FakeWorkers workers;
  std::map<NodeId, std::vector<Renumbering>> told;
  RenumberingsTeller teller{workers.group, [this](NodeId node, const Renumberings& message) {
                              auto& claims = told[node];
                              claims.insert(claims.end(), message.claims.begin(),
                                            message.claims.end());
                            }};

  /// One page a worker, with a connection of the node of its number.
  static std::uint32_t list(WorkerId worker, const Command& command) {
    ConnectionPage& page = page_of(command);
    CHECK(page.renumbered);
    page.cursor = 0;
    page.count = 1;
    page.connections[0] = {.remote = kRemote.value(),
                           .remote_port = 514,
                           .cluster_port = 1022,
                           .node = static_cast<std::uint16_t>(worker + 1),
                           .other_port = 1023,
                           .kind = 6};
    return 1;
  }
  /// @return how many commands were carried out
  std::size_t run() {
    std::size_t commands = 0;
    for (int i = 0; i < 8; ++i) {
      teller.poll();
      commands += workers.work(list);
      workers.group.poll_events({});
    }
    return commands;
  }
};

const Renumbering kTold{kRemote, PortNumber(514), PortNumber(1023), PortNumber(1022)};

}  // namespace

TEST_CASE_METHOD(Fixture, "what a worker reports is told to its node at once") {
  switching::ConnectionRenumbered renumbered;
  renumbered.key.remote = kRemote;
  renumbered.key.remote_port = PortNumber(514);
  renumbered.key.cluster_port = PortNumber(1022);
  renumbered.node = NodeId(2);
  renumbered.node_port = PortNumber(1023);
  teller.tell(renumbered);
  CHECK(told.at(NodeId(2)) == std::vector{kTold});
}

TEST_CASE_METHOD(Fixture, "nothing is asked of the workers unless it is wanted") {
  CHECK(run() == 0);
}

TEST_CASE_METHOD(Fixture, "all renumbered connections of all workers are told once, when wanted") {
  teller.tell_all();
  CHECK(run() == kWorkers);
  CHECK(told.at(NodeId(1)) == std::vector{kTold});
  CHECK(told.at(NodeId(2)) == std::vector{kTold});
  CHECK(run() == 0);
}

TEST_CASE_METHOD(Fixture, "who comes while all is being told is told all") {
  teller.tell_all();
  teller.poll();
  teller.tell_all();
  CHECK(run() == 2 * kWorkers);
}

TEST_CASE_METHOD(Fixture, "where reports of workers got lost, all is told") {
  workers.channel(1).counters.events_lost.add();
  CHECK(run() == kWorkers);
  CHECK(run() == 0);
}

TEST_CASE_METHOD(Fixture, "commands of others delay it only") {
  const datapath::WorkerHandle::Question other = switching::ResetNode{NodeId(1)};
  while (workers.group.worker(0).send(other, nullptr)) {
  }
  teller.tell_all();
  teller.poll();
  workers.work([](WorkerId, const Command&) { return 0U; });
  workers.group.poll_events({});
  CHECK(run() == kWorkers);
}

}  // namespace encluster::recovery
