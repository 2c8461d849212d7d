#include "recovery/node_resets.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "fake_workers.hpp"

namespace encluster::recovery {
namespace {

using switching::Command;
using Lines = std::vector<std::string>;

struct Fixture {
  FakeWorkers workers;
  Lines done;
  NodeResets resets{
      workers.group, [this](NodeId node, std::uint32_t connections) {
        done.push_back(std::to_string(node.value()) + ": " + std::to_string(connections));
      }};

  /// Lets the workers carry out what they have: each has ten connections of a node, and one more.
  /// @return of which nodes, one a worker
  std::vector<unsigned> work() {
    std::vector<unsigned> nodes;
    workers.work([&](WorkerId worker, const Command& command) {
      nodes.push_back(std::get<switching::ResetNode>(command.what).node.value());
      return 10 + worker;
    });
    workers.group.poll_events({});
    resets.poll();
    return nodes;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "every worker forgets the connections of a dead node") {
  resets.reset(NodeId(2));
  CHECK(done.empty());
  CHECK(work() == std::vector<unsigned>{2, 2});
  CHECK(done == Lines{"2: 21"});
  CHECK(work().empty());
}

TEST_CASE_METHOD(Fixture, "of nodes that die at once, each has its turn, once") {
  for (const unsigned node : {3U, 1U, 2U, 1U, 2U}) {
    resets.reset(NodeId(static_cast<std::uint16_t>(node)));
  }
  CHECK(work() == std::vector<unsigned>{3, 3});
  CHECK(work() == std::vector<unsigned>{1, 1});
  CHECK(work() == std::vector<unsigned>{2, 2});
  CHECK(work().empty());
  CHECK(done == Lines{"3: 21", "1: 21", "2: 21"});
}

TEST_CASE_METHOD(Fixture, "a node that dies again while it is being reset is reset again") {
  resets.reset(NodeId(2));
  resets.reset(NodeId(2));
  CHECK(work().size() == 2);
  CHECK(work().size() == 2);
  CHECK(done == Lines{"2: 21", "2: 21"});
}

TEST_CASE_METHOD(Fixture, "while one worker has no room for the command, none gets it") {
  switching::ReportPage page;
  while (workers.group.worker(1).send(switching::RestoreConnections{&page}, nullptr)) {
  }
  resets.reset(NodeId(2));
  std::size_t resets_seen = 0;
  const auto count = [&](WorkerId, const Command& command) {
    resets_seen += std::holds_alternative<switching::ResetNode>(command.what) ? 1 : 0;
    return 0u;
  };
  workers.work(count);
  CHECK(resets_seen == 0);
  workers.group.poll_events({});

  resets.poll();
  workers.work(count);
  CHECK(resets_seen == kWorkers);
}

}  // namespace encluster::recovery
