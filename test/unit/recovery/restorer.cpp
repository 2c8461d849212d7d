#include "recovery/restorer.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <vector>

#include "fake_workers.hpp"

namespace encluster::recovery {
namespace {

using agent_protocol::SocketState;
using agent_protocol::TcpSocket;
using switching::Command;
using switching::ReportPage;
namespace flag = switching::connection_flag;

TcpSocket socket_of(std::uint32_t number, SocketState state = SocketState::established) {
  return {.remote = Ipv4Address(0xc6336400 + number),
          .remote_port = PortNumber(1023),
          .port = PortNumber(513),
          .shown = PortNumber(512),
          .state = state};
}

ReportPage& page_of(const Command& command) {
  return *std::get<switching::RestoreConnections>(command.what).page;
}

/// Takes every connection, and notes what it was given.
struct Tables {
  std::vector<switching::ReportedConnection> seen;
  bool owners_right = true;

  std::uint32_t operator()(WorkerId worker, const Command& command) {
    const ReportPage& page = page_of(command);
    for (std::uint32_t i = 0; i < page.count; ++i) {
      seen.push_back(page.connections[i]);
      owners_right = owners_right && owner_of(page.connections[i].key.remote) == worker;
    }
    return page.count;
  }
};

}  // namespace

TEST_CASE("what a node reports reaches the workers that own the remotes, each connection once") {
  FakeWorkers workers;
  Restorer restorer(workers.group);
  std::vector<TcpSocket> sockets;
  for (std::uint32_t i = 0; i < 20'000; ++i) sockets.push_back(socket_of(i));
  std::optional<Restored> result;
  restorer.restore(NodeId(2), sockets, [&](const Restored& restored) { result = restored; });
  Tables tables;
  while (workers.work([&](auto id, const auto& what) { return tables(id, what); }) != 0) {
    CHECK_FALSE(result);
    workers.group.poll_events({});
  }
  REQUIRE(result);
  CHECK(result->connections == 20'000);
  CHECK(tables.seen.size() == 20'000);
  CHECK(tables.owners_right);
  CHECK(workers.group.worker(0).unanswered() == 0);
}

TEST_CASE("a report of no sockets is done at once") {
  FakeWorkers workers;
  Restorer restorer(workers.group);
  bool done = false;
  restorer.restore(NodeId(2), {}, [&](const Restored&) { done = true; });
  CHECK(done);
}

TEST_CASE("conflicts and refusals of all pages are added") {
  FakeWorkers workers;
  Restorer restorer(workers.group);
  std::vector<TcpSocket> sockets;
  for (std::uint32_t i = 0; i < 3 * ReportPage::kCapacity; ++i) sockets.push_back(socket_of(i));
  std::optional<Restored> result;
  restorer.restore(NodeId(2), sockets, [&](const Restored& restored) { result = restored; });
  const std::size_t pages = workers.work([](WorkerId, const Command& command) {
    page_of(command).conflicts = 1;
    page_of(command).refused = 2;
    return page_of(command).count - 3;
  });
  workers.group.poll_events({});
  REQUIRE(result);
  CHECK(result->conflicts == pages);
  CHECK(result->refused == 2 * pages);
  CHECK(result->connections == sockets.size() - 3 * pages);
}

TEST_CASE("commands of others leave the restorer waiting, not stuck") {
  FakeWorkers workers;
  Restorer restorer(workers.group);
  const datapath::WorkerHandle::Question other = switching::ResetNode{NodeId(1)};
  while (workers.group.worker(0).send(other, nullptr)) {
  }
  while (workers.group.worker(1).send(other, nullptr)) {
  }
  bool done = false;
  restorer.restore(NodeId(2), std::vector{socket_of(1)}, [&](const Restored&) { done = true; });
  const auto work = [](WorkerId, const Command&) { return 1U; };
  workers.work(work);
  workers.group.poll_events({});
  restorer.poll();
  workers.work(work);
  workers.group.poll_events({});
  CHECK(done);
}

TEST_CASE("ports and states of sockets become those of connections") {
  struct Case {
    SocketState state;
    std::uint8_t flags;
  };
  constexpr std::uint8_t kOver = flag::answered | flag::fin_node | flag::fin_remote;
  const Case cases[] = {
      {SocketState::established, flag::answered},
      {SocketState::syn_sent, flag::opened_by_node},
      {SocketState::syn_received, 0},
      {SocketState::fin_wait_1, flag::answered | flag::fin_node},
      {SocketState::fin_wait_2, flag::answered | flag::fin_node},
      {SocketState::close_wait, flag::answered | flag::fin_remote},
      {SocketState::time_wait, kOver},
      {SocketState::last_ack, kOver},
      {SocketState::closing, kOver},
  };
  for (const Case& one : cases) {
    FakeWorkers workers;
    Restorer restorer(workers.group);
    restorer.restore(NodeId(2), std::vector{socket_of(1, one.state)}, [](const Restored&) {});
    Tables tables;
    workers.work([&](auto id, const auto& what) { return tables(id, what); });
    REQUIRE(tables.seen.size() == 1);
    CHECK(tables.seen[0].flags == one.flags);
    CHECK(tables.seen[0].key.cluster_port == PortNumber(512));
    CHECK(tables.seen[0].node_port == PortNumber(513));
    CHECK(tables.seen[0].key.remote_port == PortNumber(1023));
  }
}

}  // namespace encluster::recovery
