#include "recovery/recovery.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <set>
#include <vector>

#include "fake_workers.hpp"

namespace encluster::recovery {
namespace {

using agent_protocol::Sockets;

constexpr NodeId kAlpha{1};
constexpr NodeId kBeta{2};

struct Fixture {
  FakeWorkers workers;
  Restorer restorer{workers.group};
  int ends = 0;
  Recovery::Summary summary;
  Recovery recovery{restorer, {kAlpha, kBeta}, [this](const Recovery::Summary& told) {
                      ++ends;
                      summary = told;
                    }};

  static Sockets one_socket(bool last) {
    return {.sockets = {{.remote = Ipv4Address(198, 51, 100, 7),
                         .remote_port = PortNumber(1023),
                         .port = PortNumber(513),
                         .shown = PortNumber(513)}},
            .last = last};
  }
  void work() {
    workers.work([](WorkerId, const switching::Command& command) {
      return std::get<switching::RestoreConnections>(command.what).page->count;
    });
    workers.group.poll_events({});
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "it ends when every awaited node's connections are in the tables") {
  recovery.report(kAlpha, one_socket(false));
  recovery.report(kAlpha, one_socket(true));
  recovery.report(kBeta, {.sockets = {}, .last = true});
  CHECK(ends == 0);
  work();
  CHECK(ends == 1);
  CHECK(recovery.is_over());
  CHECK(summary.nodes == 2);
  CHECK(summary.restored.connections == 2);
  CHECK(summary.missing.empty());
}

TEST_CASE_METHOD(Fixture, "a node that has not told all is awaited, whatever is in the tables") {
  recovery.report(kBeta, {.sockets = {}, .last = true});
  recovery.report(kAlpha, one_socket(false));
  work();
  CHECK(ends == 0);
  CHECK(recovery.awaits(kAlpha));
  CHECK_FALSE(recovery.awaits(kBeta));
  recovery.report(kAlpha, {.sockets = {}, .last = true});
  CHECK(ends == 1);
}

TEST_CASE_METHOD(Fixture, "the end of a report does not overtake its parts") {
  recovery.report(kBeta, {.sockets = {}, .last = true});
  recovery.report(kAlpha, one_socket(false));
  recovery.report(kAlpha, {.sockets = {}, .last = true});
  CHECK(ends == 0);
  work();
  CHECK(ends == 1);
}

TEST_CASE_METHOD(Fixture, "a dead node is not awaited") {
  recovery.report(kBeta, {.sockets = {}, .last = true});
  recovery.lost(kAlpha);
  CHECK(ends == 1);
  CHECK(summary.nodes == 1);
  CHECK(summary.missing.empty());
}

TEST_CASE_METHOD(Fixture, "when it is given up, it says whom it had awaited") {
  recovery.report(kBeta, {.sockets = {}, .last = true});
  recovery.give_up();
  CHECK(ends == 1);
  CHECK(summary.missing == std::set{kAlpha});
  recovery.give_up();
  CHECK(ends == 1);
}

TEST_CASE_METHOD(Fixture, "reports after the end are recorded, and end nothing again") {
  recovery.give_up();
  recovery.report(kAlpha, one_socket(true));
  std::size_t commands = workers.work([](WorkerId, const switching::Command&) { return 1U; });
  workers.group.poll_events({});
  CHECK(commands == 1);
  CHECK(ends == 1);
}

}  // namespace encluster::recovery
