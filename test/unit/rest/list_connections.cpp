#include "rest/list_connections.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "switching/connection_life.hpp"
#include "unit/recovery/fake_workers.hpp"

namespace encluster::rest {
namespace {

using switching::Connection;
using switching::ConnectionPage;

constexpr Seconds kNow = 1000;
constexpr std::uint8_t kTcp = static_cast<std::uint8_t>(Protocol::tcp);
constexpr std::uint8_t kAliasOfTcp = kTcp | 0x80;

Connection connection(std::uint16_t remote_port, std::uint8_t kind = kTcp) {
  Connection made;
  made.remote = Ipv4Address(192, 0, 2, 9).value();
  made.remote_port = remote_port;
  made.cluster_port = 513;
  made.node = 1;
  made.other_port = 513;
  made.deadline = kNow + 60;
  made.service = 0;
  made.flags = switching::connection_flag::answered;
  made.kind = kind;
  return made;
}

/// Tables of pages: by cursor, what is there and where it goes on.
struct Fixture {
  struct Page {
    std::vector<Connection> connections;
    std::uint32_t next = 0;
  };
  recovery::FakeWorkers workers;
  std::map<std::pair<WorkerId, std::uint32_t>, Page> pages;
  std::optional<ConnectionList> told;

  void ask(std::size_t limit, Cursor from = {}) {
    told.reset();
    list_connections(workers.group, {.limit = limit, .from = from},
                     {.node = [](NodeId) { return "alpha"; },
                      .service = [](ServiceIndex) { return "rlogin"; },
                      .now = [] { return kNow; }},
                     [this](ConnectionList list) { told = std::move(list); });
    for (int round = 0; !told && round < 100; ++round) {
      workers.work([this](WorkerId worker, const switching::Command& command) {
        auto& page = *std::get<switching::ListConnections>(command.what).page;
        const Page& content = pages.at({worker, page.cursor});
        std::ranges::copy(content.connections, page.connections.begin());
        page.count = static_cast<std::uint32_t>(content.connections.size());
        page.cursor = content.next;
        return page.count;
      });
      workers.group.poll_events({});
    }
    REQUIRE(told);
  }
  [[nodiscard]] std::vector<std::uint16_t> ports() const {
    std::vector<std::uint16_t> ports;
    for (const auto& view : told->connections) ports.push_back(view.remote_port.value());
    return ports;
  }
};

using Ports = std::vector<std::uint16_t>;

}  // namespace

TEST_CASE("a connection is told with names and words") {
  Connection record = connection(1023);
  record.other_port = 600;
  record.flags |= switching::connection_flag::fin_remote;
  const ConnectionView view = view_of(record, {.node = [](NodeId) { return "beta"; },
                                               .service = [](ServiceIndex) { return ""; },
                                               .now = [] { return kNow; }});
  CHECK(view.remote == Ipv4Address(192, 0, 2, 9));
  CHECK(view.node_port == PortNumber(std::uint16_t{600}));
  CHECK(view.node == "beta");
  CHECK(view.state == std::vector<std::string_view>{"answered", "fin_remote"});
  CHECK(view.seconds_left == 60);
  CHECK(view.idle_seconds == switching::kIdleLife - 60);
}

TEST_CASE_METHOD(Fixture, "all workers are asked, empty pages too, aliases left out") {
  pages[{0, 0}] = {{connection(1), connection(2, kAliasOfTcp)}, 7};
  pages[{0, 7}] = {{}, 0};
  pages[{1, 0}] = {{connection(3)}, 0};
  ask(10);
  CHECK(ports() == Ports{1, 3});
  CHECK_FALSE(told->next);
}

TEST_CASE_METHOD(Fixture, "what exceeds the limit comes next") {
  pages[{0, 0}] = {{connection(1), connection(2, kAliasOfTcp), connection(3), connection(4)}, 9};
  pages[{0, 9}] = {{connection(5)}, 0};
  pages[{1, 0}] = {{connection(6)}, 0};
  Ports all;
  std::optional<Cursor> at = Cursor{};
  for (std::size_t limit = 1; at; limit = 2) {
    ask(limit, *at);
    CHECK(told->connections.size() <= limit);
    for (const auto port : ports()) all.push_back(port);
    at = told->next;
  }
  CHECK(all == Ports{1, 3, 4, 5, 6});
}

TEST_CASE_METHOD(Fixture, "a large table that is nearly empty is told in empty parts") {
  constexpr std::uint32_t kParts = 40;
  for (std::uint32_t i = 0; i <= kParts; ++i) pages[{0, i}] = {{}, i == kParts ? 0 : i + 1};
  pages[{1, 0}] = {{connection(8)}, 0};
  ask(10);
  CHECK(told->connections.empty());
  REQUIRE(told->next);
  ask(10, *told->next);
  CHECK(ports() == Ports{8});
}

TEST_CASE_METHOD(Fixture, "busy workers are said to be so, and wrong cursors") {
  const auto sent = [this] { return workers.group.send(switching::ResetNode{NodeId(1)}, nullptr); };
  while (sent()) {
  }
  ask(1);
  CHECK(told->outcome == ConnectionList::Outcome::busy);
  ask(1, {.place = 0xffffffff, .told = 0});
  CHECK(told->outcome == ConnectionList::Outcome::wrong_cursor);
}

}  // namespace encluster::rest
