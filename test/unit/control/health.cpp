#include "control/health.hpp"

#include <catch2/catch.hpp>

namespace encluster::control {
namespace {

constexpr NodeId kAlpha{1};
constexpr NodeId kBeta{2};
constexpr Ipv4Address kAlphaAddress(10, 77, 0, 11);
constexpr Ipv4Address kBetaAddress(10, 77, 0, 12);

NodeConfig node(NodeId id, Ipv4Address address) {
  NodeConfig config;
  config.id = id;
  config.address = address;
  return config;
}

const std::vector<NodeConfig> kNodes{node(kAlpha, kAlphaAddress), node(kBeta, kBetaAddress)};

CheckTarget target(NodeId id, const std::string& service) {
  return {.node = id,
          .address = id == kAlpha ? kAlphaAddress : kBetaAddress,
          .port = PortNumber(std::uint16_t{513}),
          .service = service,
          .check = {.fall = 3, .rise = 2}};
}

/// Every change, as a line.
struct Fixture {
  std::vector<std::string> changes;
  Health health{[this](NodeId id, bool up, const std::string& reason) {
    changes.push_back(std::to_string(id.value()) + (up ? " up: " : " down: ") + reason);
  }};

  void neighbour(Ipv4Address address, NeighbourState state) {
    health.note_neighbour(kInterconnect, address, state);
  }
  void check(const CheckTarget& of, int times, bool connected) {
    for (int i = 0; i < times; ++i) health.note_check(of, connected);
  }
};

TEST_CASE("a node is up until something speaks against it") {
  Fixture fixture;
  fixture.health.watch(kNodes, {});
  CHECK(fixture.health.is_up(kAlpha));
  CHECK_FALSE(fixture.health.is_up(NodeId(3)));
  CHECK(fixture.changes.empty());
}

TEST_CASE("a node whose neighbour entry failed is down until it is resolved") {
  Fixture fixture;
  fixture.health.watch(kNodes, {});

  fixture.neighbour(kAlphaAddress, NeighbourState::failed);
  fixture.neighbour(kAlphaAddress, NeighbourState::failed);
  fixture.neighbour(kAlphaAddress, NeighbourState::pending);
  fixture.neighbour(kAlphaAddress, NeighbourState::gone);
  CHECK_FALSE(fixture.health.is_up(kAlpha));
  CHECK(fixture.health.is_up(kBeta));
  fixture.neighbour(kAlphaAddress, NeighbourState::resolved);
  fixture.neighbour(kAlphaAddress, NeighbourState::confirmed);

  CHECK(fixture.changes ==
        std::vector<std::string>{"1 down: does not answer ARP", "1 up: answers ARP again"});
}

TEST_CASE("a remote with a node's address does not take the node down") {
  Fixture fixture;
  fixture.health.watch(kNodes, {});
  fixture.health.note_neighbour(0, kAlphaAddress, NeighbourState::failed);
  CHECK(fixture.health.is_up(kAlpha));
}

TEST_CASE("checks take a node down after `fall` failures in a row, up after `rise` successes") {
  const CheckTarget rlogin = target(kAlpha, "rlogin");
  Fixture fixture;
  fixture.health.watch(kNodes, {rlogin});

  fixture.check(rlogin, 2, false);
  fixture.check(rlogin, 1, true);
  fixture.check(rlogin, 2, false);
  CHECK(fixture.health.is_up(kAlpha));
  fixture.check(rlogin, 1, false);
  CHECK_FALSE(fixture.health.is_up(kAlpha));

  fixture.check(rlogin, 1, true);
  fixture.check(rlogin, 1, false);
  fixture.check(rlogin, 1, true);
  CHECK_FALSE(fixture.health.is_up(kAlpha));
  fixture.check(rlogin, 1, true);
  CHECK(fixture.health.is_up(kAlpha));

  CHECK(fixture.changes ==
        std::vector<std::string>{"1 down: rlogin failed 3 checks", "1 up: rlogin passed 2 checks"});
}

TEST_CASE("a node is up again only when nothing speaks against it any more") {
  const CheckTarget rlogin = target(kAlpha, "rlogin");
  const CheckTarget telnet = target(kAlpha, "telnet");
  Fixture fixture;
  fixture.health.watch(kNodes, {rlogin, telnet});
  fixture.check(rlogin, 3, false);
  fixture.check(telnet, 3, false);
  fixture.neighbour(kAlphaAddress, NeighbourState::failed);
  CHECK(fixture.changes.size() == 1);

  fixture.check(telnet, 2, true);
  fixture.neighbour(kAlphaAddress, NeighbourState::resolved);
  CHECK_FALSE(fixture.health.is_up(kAlpha));
  fixture.check(rlogin, 2, true);
  CHECK(fixture.health.is_up(kAlpha));
  CHECK(fixture.changes.size() == 2);
}

TEST_CASE("what is known of a node survives a reload that leaves it alone") {
  const CheckTarget rlogin = target(kAlpha, "rlogin");
  Fixture fixture;
  fixture.health.watch(kNodes, {rlogin});
  fixture.check(rlogin, 3, false);

  fixture.health.watch({kNodes[0]}, {rlogin});

  CHECK_FALSE(fixture.health.is_up(kAlpha));
  CHECK_FALSE(fixture.health.is_up(kBeta));
  CHECK(fixture.changes.size() == 1);
}

TEST_CASE("a node goes up when a reload takes away the check that kept it down") {
  const CheckTarget rlogin = target(kAlpha, "rlogin");
  Fixture fixture;
  fixture.health.watch(kNodes, {rlogin});
  fixture.check(rlogin, 3, false);

  fixture.health.watch(kNodes, {});

  CHECK(fixture.changes.back() == "1 up: the configuration changed");
}

TEST_CASE("a node with another address is another node") {
  Fixture fixture;
  fixture.health.watch(kNodes, {});
  fixture.neighbour(kAlphaAddress, NeighbourState::failed);

  fixture.health.watch({node(kAlpha, Ipv4Address(10, 77, 0, 21))}, {});

  CHECK(fixture.health.is_up(kAlpha));
}

TEST_CASE("late results of a check that a reload ended are ignored") {
  const CheckTarget rlogin = target(kAlpha, "rlogin");
  Fixture fixture;
  fixture.health.watch(kNodes, {});
  fixture.check(rlogin, 9, false);
  CHECK(fixture.health.is_up(kAlpha));
}

ServiceEntry service(const std::string& name, const std::string& plugin,
                     std::optional<CheckConfig> check = CheckConfig{}) {
  ServiceEntry entry;
  entry.config.name = name;
  entry.config.plugin = plugin;
  entry.check = check;
  return entry;
}

TEST_CASE("a service is checked on its nodes, on all if it names none, and never on the gateway") {
  const ServiceEntry everywhere = service("rlogin", "login");
  ServiceEntry somewhere = service("telnet", "login");
  somewhere.config.nodes = {kBeta, kGateway};
  ServiceEntry single = service("database", "");
  single.config.node = kAlpha;

  const auto all = check_targets({everywhere}, kNodes);
  REQUIRE(all.size() == 2);
  CHECK(all[1].node == kBeta);
  CHECK(all[1].address == kBetaAddress);
  CHECK(all[1].service == "rlogin");
  const auto some = check_targets({somewhere, single}, kNodes);
  REQUIRE(some.size() == 2);
  CHECK(some[0].node == kBeta);
  CHECK(some[1].node == kAlpha);
}

TEST_CASE("services without a check, and UDP's, are not checked") {
  ServiceEntry datagrams = service("mount", "mount");
  datagrams.config.protocol = Protocol::udp;
  CHECK(check_targets({service("rlogin", "login", std::nullopt), datagrams}, kNodes).empty());
}

}  // namespace
}  // namespace encluster::control
