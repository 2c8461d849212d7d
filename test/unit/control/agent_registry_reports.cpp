// What agents say of their connections passes through the registry, and what is said to them.
#include <catch2/catch.hpp>

#include "agent_registry_fixture.hpp"

namespace encluster::control {
namespace {

struct Reports {
  int welcomed = 0;
  std::vector<std::pair<NodeId, Sockets>> reported;
  std::vector<std::pair<NodeId, Exports>> exported;
  std::size_t exported_before_sockets = 0;
  int wakes = 0;
  int heard = 0;  ///< of alpha
  int left = 0;   ///< the same
};

/// A registry whose hooks note what they are told.
struct ReportFixture {
  Reports seen;
  AgentRegistry::Time now{};
  std::string lines;
  Logger log{
      {.write = [this](const std::string& line) { lines += line; }, .now = [this] { return now; }}};
  AgentRegistry registry{
      {.recovery = 0ms, .instance = {7}},
      agent_view(parse(kText)),
      tokens(),
      {.publish = [](auto) {},
       .wake = [this] { ++seen.wakes; },
       .now = [this] { return now; },
       .welcomed = [this](NodeId node) { seen.welcomed += node == kAlpha ? 1 : 0; },
       .reported =
           [this](NodeId node, const Sockets& sockets) {
             seen.reported.emplace_back(node, sockets);
             seen.exported_before_sockets = seen.exported.size();
           },
       .exported = [this](NodeId node,
                          const Exports& exports) { seen.exported.emplace_back(node, exports); },
       .heard = [this](NodeId node) { seen.heard += node == kAlpha ? 1 : 0; },
       .left = [this](NodeId node) { seen.left += node == kAlpha ? 1 : 0; }},
      log};
  std::shared_ptr<FakePeer> alpha = std::make_shared<FakePeer>();

  AgentEpoch join() {
    const AgentEpoch epoch = registry.join(kAlpha, alpha, join_of("alpha", token_of('a')));
    registry.flush();
    return epoch;
  }
};

Sockets sockets_of(std::size_t count) { return {std::vector<TcpSocket>(count), true}; }

const Renumberings kRenumberings{
    {{Ipv4Address(198, 51, 100, 7), PortNumber(514), PortNumber(1023), PortNumber(1022)}}};

}  // namespace

TEST_CASE_METHOD(ReportFixture, "a node is heard whenever its agent says something") {
  const AgentEpoch epoch = join();
  CHECK(seen.heard == 1);
  registry.receive(kAlpha, epoch, Heartbeat{1, 0});
  registry.receive(kAlpha, epoch, sockets_of(1));
  CHECK(seen.heard == 3);
  registry.receive(kAlpha, epoch - 1, Heartbeat{1, 0});
  registry.receive(kBeta, epoch, Heartbeat{1, 0});
  CHECK(seen.heard == 3);
}

TEST_CASE_METHOD(ReportFixture,
                 "an agent has left when its connection ends, or another takes over") {
  const AgentEpoch epoch = join();
  registry.leave(kAlpha, epoch - 1, "closed");
  CHECK(seen.left == 0);
  join();
  CHECK(seen.left == 1);
  registry.leave(kAlpha, epoch + 1, "closed");
  registry.leave(kAlpha, epoch + 1, "closed");
  CHECK(seen.left == 2);
}

TEST_CASE_METHOD(ReportFixture, "an agent that is welcomed learns whose welcome it is") {
  join();
  CHECK(alpha->last<Welcome>().instance == Instance{7});
  CHECK(seen.welcomed == 1);
}

TEST_CASE_METHOD(ReportFixture, "a node's sockets are passed on at once") {
  const AgentEpoch epoch = join();
  registry.receive(kAlpha, epoch, sockets_of(3));
  REQUIRE(seen.reported.size() == 1);
  CHECK(seen.reported[0].first == kAlpha);
  CHECK(seen.reported[0].second == sockets_of(3));
}

TEST_CASE_METHOD(ReportFixture, "sockets of an agent that another one took over from say nothing") {
  const AgentEpoch before = join();
  join();
  registry.receive(kAlpha, before, sockets_of(3));
  CHECK(seen.reported.empty());
}

TEST_CASE_METHOD(ReportFixture, "of a node's exports, those that were told last are passed on") {
  const AgentEpoch epoch = join();
  CHECK(alpha->last<Welcome>().exports);
  const int before = seen.wakes;
  const Exports first{.mount_port = PortNumber(1)};
  const Exports last{.mount_port = PortNumber(2)};
  registry.receive(kAlpha, epoch, first);
  registry.receive(kAlpha, epoch, last);
  registry.receive(kAlpha, epoch - 1, first);
  CHECK(seen.exported.empty());
  CHECK(seen.wakes == before + 1);
  registry.flush();
  CHECK(seen.exported == std::vector{std::pair(kAlpha, last)});
  registry.flush();
  CHECK(seen.exported.size() == 1);
}

TEST_CASE_METHOD(ReportFixture, "only agents that want to know are told what the cluster exports") {
  const std::vector<Tree> tree{{{}, false}, {{}, true}};
  join();
  registry.tell_tree(kAlpha, tree);
  CHECK(alpha->sent.size() == 1);
  Join curious = join_of("alpha", token_of('a'));
  curious.tree = true;
  static_cast<void>(registry.join(kAlpha, alpha, curious));
  registry.flush();
  registry.tell_tree(kAlpha, tree);
  CHECK(alpha->sent.size() == 4);
  CHECK(alpha->last<Tree>().last);
}

TEST_CASE_METHOD(ReportFixture, "exports of a node that is no more are not passed on") {
  registry.receive(kAlpha, join(), Exports{});
  registry.reconfigure(
      agent_view(parse(changed("name: alpha", "name: other") + "ports: {slice: 1024}\n")),
      tokens());
  registry.flush();
  CHECK(seen.exported.empty());
}

TEST_CASE_METHOD(ReportFixture, "exports are passed on before the last of the node's sockets") {
  const AgentEpoch epoch = join();
  registry.receive(kAlpha, epoch, Exports{});
  registry.receive(kAlpha, epoch, Sockets{});
  CHECK(seen.exported.empty());
  registry.receive(kAlpha, epoch, sockets_of(1));
  CHECK(seen.exported_before_sockets == 1);
}

TEST_CASE_METHOD(ReportFixture, "exports that are told later wait for their turn") {
  const AgentEpoch epoch = join();
  registry.receive(kAlpha, epoch, sockets_of(1));
  registry.receive(kAlpha, epoch, Exports{});
  registry.receive(kAlpha, epoch, sockets_of(1));
  CHECK(seen.exported.empty());
  registry.flush();
  CHECK(seen.exported.size() == 1);
}

TEST_CASE_METHOD(ReportFixture, "an agent that tells of too many sockets is sent away") {
  const AgentEpoch epoch = join();
  for (std::size_t i = 0; i < kMaxReported / kMaxSockets; ++i) {
    registry.receive(kAlpha, epoch, sockets_of(kMaxSockets));
  }
  CHECK_FALSE(alpha->refused);
  registry.receive(kAlpha, epoch, sockets_of(1));
  CHECK(alpha->refused == RefusalReason::busy);
  CHECK(seen.reported.size() == kMaxReported / kMaxSockets);
}

TEST_CASE_METHOD(ReportFixture, "a node hears of its renumbered connections while it is joined") {
  registry.tell(kAlpha, kRenumberings);
  const AgentEpoch epoch = registry.join(kAlpha, alpha, join_of("alpha", token_of('a')));
  registry.tell(kAlpha, kRenumberings);
  CHECK(alpha->sent.empty());
  registry.flush();
  registry.tell(kAlpha, kRenumberings);
  CHECK(alpha->last<Renumberings>() == kRenumberings);
  registry.leave(kAlpha, epoch, "closed");
  registry.tell(kAlpha, kRenumberings);
  CHECK(alpha->sent.size() == 2);
}

TEST_CASE_METHOD(ReportFixture, "nodes with a token are absent until their agent has joined") {
  const auto before = registry.absent();
  REQUIRE(before.size() == 2);
  CHECK(before[0].address == kAlphaAddress);
  CHECK(before[0].token[0] == 'a');
  const AgentEpoch epoch = join();
  CHECK(registry.absent().size() == 1);
  registry.leave(kAlpha, epoch, "closed");
  CHECK(registry.absent().size() == 2);
}

}  // namespace encluster::control
