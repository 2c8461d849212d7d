#include "datapath/worker_handle.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

namespace encluster::datapath {
namespace {

using switching::CommandDone;
using switching::ResolveNextHop;

const WorkerHandle::Question kQuestion = switching::ResetNode{NodeId(1)};

/// Answers one command, as a worker does.
void work(WorkerChannel& channel) {
  const auto command = channel.commands.pop();
  REQUIRE(command);
  channel.events.send(CommandDone{command->id, true, command->id});
}

TEST_CASE("each answer reaches the one who asked") {
  WorkerChannel channel;
  WorkerHandle handle(channel);
  std::vector<int> answered;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(handle.send(kQuestion, [i, &answered](const CommandDone&) { answered.push_back(i); }));
  }
  CHECK(handle.poll_events({}) == 0);
  for (int i = 0; i < 3; ++i) work(channel);
  CHECK(handle.unanswered() == 3);
  CHECK(handle.poll_events({}) == 3);
  CHECK(answered == std::vector<int>{0, 1, 2});
  CHECK(handle.unanswered() == 0);
}

TEST_CASE("an answer may ask the next question") {
  WorkerChannel channel;
  WorkerHandle handle(channel);
  bool done = false;
  REQUIRE(handle.send(kQuestion, [&](const CommandDone&) {
    REQUIRE(handle.send(kQuestion, [&](const CommandDone&) { done = true; }));
  }));
  work(channel);
  CHECK(handle.poll_events({}) == 1);
  work(channel);
  CHECK(handle.poll_events({}) == 1);
  CHECK(done);
}

TEST_CASE("too many unanswered commands are refused, until answers were taken") {
  WorkerChannel channel;
  WorkerHandle handle(channel);
  for (std::size_t i = 0; i < WorkerChannel::kCommands; ++i) {
    REQUIRE(handle.send(kQuestion, nullptr));
  }
  CHECK_FALSE(handle.send(kQuestion, nullptr));
  work(channel);
  CHECK_FALSE(handle.send(kQuestion, nullptr));
  CHECK(handle.poll_events({}) == 1);
  CHECK(handle.send(kQuestion, nullptr));
}

TEST_CASE("what a command lends stays alive until it is answered") {
  WorkerChannel channel;
  WorkerHandle handle(channel);
  auto page = std::make_shared<switching::ConnectionPage>();
  const std::weak_ptr<switching::ConnectionPage> watch = page;
  switching::ListConnections list{page.get()};
  REQUIRE(handle.send(list, [page = std::move(page)](const CommandDone&) {}));
  CHECK_FALSE(watch.expired());
  work(channel);
  handle.poll_events({});
  CHECK(watch.expired());
}

TEST_CASE("reports reach the control thread in their order") {
  WorkerChannel channel;
  WorkerHandle handle(channel);
  channel.events.send(ResolveNextHop{0, Ipv4Address(192, 0, 2, 254)});
  channel.events.send(ResolveNextHop{kInterconnect, Ipv4Address(10, 77, 0, 11)});
  std::vector<Ipv4Address> reported;
  handle.poll_events(
      {.next_hop = [&](const auto& hop) { reported.push_back(hop.address); }, .renumbered = {}});
  CHECK(reported == std::vector{Ipv4Address(192, 0, 2, 254), Ipv4Address(10, 77, 0, 11)});
}

TEST_CASE("reports that find no room are counted, and leave room for every answer") {
  WorkerChannel channel;
  WorkerHandle handle(channel);
  for (std::size_t i = 0; i < WorkerChannel::kCommands; ++i) {
    REQUIRE(handle.send(kQuestion, nullptr));
  }
  for (std::size_t i = 0; i < WorkerChannel::kReports + 10; ++i) {
    channel.events.send(ResolveNextHop{});
  }
  CHECK(channel.counters.events_lost.value() == 10);
  for (std::size_t i = 0; i < WorkerChannel::kCommands; ++i) work(channel);
  CHECK(channel.counters.events_lost.value() == 10);
  CHECK(handle.poll_events({}) == WorkerChannel::kReports + WorkerChannel::kCommands);
  CHECK(handle.unanswered() == 0);
}

}  // namespace
}  // namespace encluster::datapath
