#include "control/kernel_view.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "control/local_stack.hpp"
#include "control/neighbours.hpp"
#include "control/tap.hpp"
#include "root/control/private_namespace.hpp"

namespace encluster::control {
namespace {

using switching::Neighbour;
using switching::Route;
using test::run;

constexpr MacAddress kCampusMac{0x02, 0, 0, 0, 0, 0x01};
constexpr MacAddress kInsideMac{0x02, 0, 0, 0, 0, 0x02};
constexpr MacAddress kPeerMac{0x02, 0, 0, 0, 0, 0x99};
constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr Ipv4Address kRouter(192, 0, 2, 254);
constexpr Ipv4Address kInside(10, 77, 0, 1);
constexpr Ipv4Address kNode(10, 77, 0, 11);
constexpr Ipv4Prefix kCampusNetwork{Ipv4Address(192, 0, 2, 0), 24};

const LocalStackConfig kLocalStack{.networks = {{"ec-campus", {kCluster, 24}, kRouter}},
                                   .interconnect = {"ec-inside", {kInside, 24}, std::nullopt},
                                   .first_port = PortNumber(std::uint16_t{16384}),
                                   .last_port = PortNumber(std::uint16_t{32767}),
                                   .service_ports = {}};

/// A gateway's kernel with a view of it, and the test at the far end of the wires.
struct Watched {
  Watched() {
    REQUIRE(configure_local_stack(kLocalStack).empty());
    view.start();
  }
  [[nodiscard]] std::vector<TapLink> links() const {
    return {{campus.index, 0}, {inside.index, kInterconnect}};
  }

  /// Runs the control thread's work until it is so.
  template <typename Condition>
  bool becomes(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      io.run_one_until(deadline);
    }
    return condition();
  }
  [[nodiscard]] bool has(const Route& route) const {
    return std::ranges::find(routes, route) != routes.end();
  }
  [[nodiscard]] bool has(const Neighbour& neighbour) const {
    return std::ranges::find(neighbours, neighbour) != neighbours.end();
  }

  test::PrivateNamespace apart;
  Tap campus = open_tap("ec-campus", kCampusMac, 1500);
  Tap inside = open_tap("ec-inside", kInsideMac, 1500);
  boost::asio::io_context io;
  std::vector<Route> routes;
  std::vector<Neighbour> neighbours;
  NeighbourState node = NeighbourState::gone;
  int calls = 0;
  KernelView view{io.get_executor(), links(),
                  [this](const auto& new_routes, const auto& new_neighbours) {
                    routes = new_routes;
                    neighbours = new_neighbours;
                    ++calls;
                  },
                  [this](Egress, Ipv4Address address, NeighbourState state) {
                    if (address == kNode) node = state;
                  }};
};

/// What a node says when it is asked for its MAC address.
void answer_arp(const Watched& host) {
  test::send_frame(host.inside.fd.get(),
                   test::arp_reply().macs(kPeerMac, kInsideMac).from(kNode).to(kInside).build());
}

TEST_CASE("the view starts with the routes and neighbours that there are") {
  Watched host;
  CHECK(host.calls == 1);
  CHECK(host.routes == std::vector<Route>{{{}, 0, kRouter}, {kCampusNetwork, 0, std::nullopt}});
  CHECK(host.neighbours.empty());
}

TEST_CASE("a route that a daemon adds, replaces and removes is followed") {
  Watched host;
  const Ipv4Prefix far{Ipv4Address(198, 51, 100, 0), 24};
  const Ipv4Address other(192, 0, 2, 253);

  run("ip route add 198.51.100.0/24 via 192.0.2.253 proto bird");
  CHECK(host.becomes([&] { return host.has(Route{far, 0, other}); }));
  run("ip route replace 198.51.100.0/24 via 192.0.2.254 proto bird");
  CHECK(host.becomes([&] { return host.has(Route{far, 0, kRouter}); }));
  CHECK_FALSE(host.has(Route{far, 0, other}));
  run("ip route del 198.51.100.0/24");
  CHECK(host.becomes([&] { return !host.has(Route{far, 0, kRouter}); }));
}

TEST_CASE("a daemon's routes by several next hops, and by next-hop objects, are followed") {
  Watched host;
  const Ipv4Address first(192, 0, 2, 251);

  run("ip route add 198.51.100.0/25 proto bird nexthop via 192.0.2.251 nexthop via 192.0.2.252");
  run("ip nexthop add id 7 via 192.0.2.251 dev ec-campus");
  run("ip route add 198.51.100.128/25 proto bird nhid 7");

  CHECK(host.becomes([&] {
    return host.has(Route{{Ipv4Address(198, 51, 100, 0), 25}, 0, first}) &&
           host.has(Route{{Ipv4Address(198, 51, 100, 128), 25}, 0, first});
  }));
}

TEST_CASE("of two routes of one prefix the lower metric comes first") {
  Watched host;
  run("ip route add default via 192.0.2.253 metric 5");
  REQUIRE(host.becomes([&] { return host.routes.size() == 3; }));
  CHECK(host.routes[0].gateway == kRouter);
  CHECK(host.routes[1].gateway == Ipv4Address(192, 0, 2, 253));
}

TEST_CASE("routes that vanish with their interface, unannounced, are noticed") {
  Watched host;
  run("ip link set ec-campus down");
  CHECK(host.becomes([&] { return host.routes.empty(); }));
}

TEST_CASE("a flood of changes ends with what the kernel has") {
  Watched host;
  run("for i in $(seq 1 250); do for j in 1 2 3 4; do "
      "echo route add 10.$j.$i.0/24 via 192.0.2.253; echo neigh replace 192.0.2.$i lladdr "
      "02:00:00:00:$j:01 dev ec-campus; done; done | ip -batch -");
  CHECK(host.becomes([&] { return host.routes.size() == 1002; }));
  CHECK(host.becomes([&] {
    return host.has(Neighbour{0, Ipv4Address(192, 0, 2, 250), {0x02, 0, 0, 0, 4, 1}});
  }));
  CHECK(host.neighbours.size() == 250);
  CHECK(host.calls < 20);
}

TEST_CASE("the kernel resolves a node that the gateway needs, and says when it has gone") {
  Watched host;
  Neighbours neighbours(host.io.get_executor(), make_neighbour_table(host.links()));
  neighbours.keep({{kInterconnect, kNode}});
  neighbours.start();
  const auto asked = test::sent_frames(host.inside.fd.get());
  REQUIRE(asked.size() == 1);
  CHECK_THAT(asked[0], Catch::Contains("10.77.0.11") && Catch::Contains("10.77.0.1"));

  answer_arp(host);
  CHECK(host.becomes([&] { return host.has(Neighbour{kInterconnect, kNode, kPeerMac}); }));
  CHECK(has_mac(host.node));

  // Nobody answers from here on.
  CHECK(host.becomes([&] { return host.node == NeighbourState::failed; }));
  CHECK(host.becomes([&] { return host.neighbours.empty(); }));
}

TEST_CASE("a node whose entry is fresh is asked at once by a check, and confirmed if it answers") {
  Watched host;
  const auto table = make_neighbour_table(host.links());
  table->ask(kInterconnect, kNode);
  answer_arp(host);
  REQUIRE(host.becomes([&] { return host.node == NeighbourState::confirmed; }));
  CHECK_FALSE(test::sent_frames(host.inside.fd.get()).empty());

  table->check(kInterconnect, kNode);
  CHECK(host.becomes([&] { return host.node == NeighbourState::resolved; }));
  CHECK_FALSE(test::sent_frames(host.inside.fd.get()).empty());
  answer_arp(host);
  CHECK(host.becomes([&] { return host.node == NeighbourState::confirmed; }));
}

TEST_CASE("a node that answers no check has failed, and is asked for again by the next one") {
  Watched host;
  const auto table = make_neighbour_table(host.links());
  table->ask(kInterconnect, kNode);
  answer_arp(host);
  REQUIRE(host.becomes([&] { return host.node == NeighbourState::confirmed; }));

  table->check(kInterconnect, kNode);
  CHECK(host.becomes([&] { return host.node == NeighbourState::failed; }));
  table->check(kInterconnect, kNode);
  host.node = NeighbourState::gone;
  CHECK(host.becomes([&] { return host.node == NeighbourState::failed; }));
}

TEST_CASE("a next hop given up is gone from the kernel's table") {
  Watched host;
  const auto table = make_neighbour_table(host.links());
  table->ask(0, kRouter);
  CHECK_THAT(run("ip neigh show 192.0.2.254"), Catch::Contains("managed"));
  table->forget(0, kRouter);
  CHECK_THAT(run("ip neigh show 192.0.2.254"), !Catch::Contains("INCOMPLETE"));
}

TEST_CASE("an entry that the operator made stays as it is") {
  Watched host;
  run("ip neigh replace 192.0.2.254 lladdr 02:00:00:00:00:99 dev ec-campus nud permanent");
  const auto table = make_neighbour_table(host.links());
  table->ask(0, kRouter);
  CHECK_THAT(run("ip neigh show 192.0.2.254"), Catch::Contains("PERMANENT"));
  table->check(0, kRouter);
  CHECK_THAT(run("ip neigh show 192.0.2.254"), Catch::Contains("PERMANENT"));
  table->forget(0, kRouter);
  CHECK_THAT(run("ip neigh show 192.0.2.254"), Catch::Contains("PERMANENT"));
}

TEST_CASE("a request on a TAP that is down does no harm") {
  Watched host;
  run("ip link set ec-campus down");
  CHECK_NOTHROW(make_neighbour_table(host.links())->ask(0, kRouter));
}

}  // namespace
}  // namespace encluster::control
