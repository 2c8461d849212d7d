#include "agent/services.hpp"

#include <catch2/catch.hpp>

#include "unit/agent/services_fixture.hpp"

namespace encluster::agent {

TEST_CASE("a service is asked for when its program listens") {
  Node node({offer("web", "8443/tcp")});
  CHECK(node.join().empty());
  node.listening = {tcp(8443), udp(8443), tcp(8444)};
  const auto messages = node.look();
  REQUIRE(asked(messages) == Ports{tcp(8443)});
  CHECK(std::get<ServiceRequest>(messages[0]).name == "web");
  CHECK(node.look().empty());
  node.grant(messages);
  CHECK(node.logged("event=service_registered service=web port=8443/tcp"));
  CHECK(node.look().empty());
}

TEST_CASE("of a range, those ports are asked for at which something listens") {
  Node node({offer("games", "2000-2100/udp")});
  node.listening = {udp(1999), udp(2000), udp(2050), udp(2100), udp(2101), tcp(2001)};
  CHECK(asked(node.join()) == Ports{udp(2000), udp(2050), udp(2100)});
}

TEST_CASE("a service that does not depend on a listener is asked for at once") {
  Node node({offer("relay", "700/udp", false)});
  CHECK(asked(node.join()) == Ports{udp(700)});
  node.grant({});
  CHECK(node.look().empty());
}

TEST_CASE("a service is given back when its program has been missed twice") {
  Node node({offer("web", "8443/tcp")});
  node.listening = {tcp(8443)};
  node.grant(node.join());
  node.listening.clear();
  CHECK(node.look().empty());
  CHECK(node.look() == released(tcp(8443)));
  CHECK(node.logged("event=service_withdrawn service=web port=8443/tcp"));
  CHECK(node.look().empty());
  node.listening = {tcp(8443)};
  CHECK(asked(node.look()) == Ports{tcp(8443)});
}

TEST_CASE("a program that is started again within a look keeps its service") {
  Node node({offer("web", "8443/tcp")});
  node.listening = {tcp(8443)};
  node.grant(node.join());
  for (int i = 0; i < 5; ++i) {
    node.listening.clear();
    CHECK(node.look().empty());
    node.listening = {tcp(8443)};
    CHECK(node.look().empty());
  }
}

TEST_CASE("a request that is not answered yet is given back, too") {
  Node node({offer("web", "8443/tcp")});
  node.listening = {tcp(8443)};
  const auto messages = node.join();
  node.listening.clear();
  node.look();
  CHECK(node.look() == released(tcp(8443)));
  node.grant(messages);
  CHECK_FALSE(node.services.has(tcp(8443)));
}

TEST_CASE("what is refused is asked for again later, and logged once") {
  Node node({offer("web", "8443/tcp")});
  node.listening = {tcp(8443)};
  node.answer(node.join().at(0), ServiceResult::taken, "beta");
  CHECK(node.logged("event=service_refused service=web port=8443/tcp reason=taken owner=beta"));
  node.lines.clear();
  node.now += Services::kAskAgain - 1ms;
  CHECK(node.look().empty());
  node.now += 1ms;
  auto again = node.look();
  REQUIRE(again.size() == 1);
  node.answer(again[0], ServiceResult::taken, "beta");
  CHECK(node.lines.empty());
  node.now += Services::kAskAgain;
  again = node.look();
  node.answer(again.at(0), ServiceResult::not_allowed);
  CHECK(node.logged("reason=not-allowed owner=none"));
  node.now += Services::kAskAgain;
  node.grant(node.look());
  CHECK(node.logged("event=service_registered"));
}

TEST_CASE("a Join says which services the gateway has given") {
  Node node({offer("web", "8443/tcp"), offer("games", "2000-2100/udp")});
  node.listening = {tcp(8443)};
  node.grant(node.join());
  CHECK(node.presented == std::vector<OfferedService>{{tcp(8443), "web", false}});
  node.services.parted();
  node.listening.insert(udp(2000));
  CHECK(asked(node.join()) == Ports{udp(2000)});
  CHECK(node.presented ==
        std::vector<OfferedService>{{tcp(8443), "web", true}, {udp(2000), "games", false}});
}

TEST_CASE("a service that is lost is asked for anew") {
  Node node({offer("web", "8443/tcp")});
  node.listening = {tcp(8443)};
  node.grant(node.join());
  node.services.parted();
  const auto messages = node.join({tcp(8443)});
  REQUIRE(asked(messages) == Ports{tcp(8443)});
  node.answer(messages[0], ServiceResult::taken, "beta");
  CHECK(node.logged("event=service_refused"));
}

TEST_CASE("after the fence a service counts as given no longer") {
  Node node({offer("web", "8443/tcp")});
  node.listening = {tcp(8443)};
  node.grant(node.join());
  node.now += 10s;
  node.services.renewed(node.now);
  node.services.parted();
  node.now += kFence - 1ms;
  SECTION("just before") {
    CHECK(node.join().empty());
    CHECK(node.presented[0].held);
  }
  SECTION("then") {
    node.now += 1ms;
    CHECK(asked(node.join()) == Ports{tcp(8443)});
    CHECK_FALSE(node.presented[0].held);
  }
}

TEST_CASE("a service whose program ends between Join and Welcome is given back") {
  Node node({offer("web", "8443/tcp")});
  node.listening = {tcp(8443)};
  node.grant(node.join());
  node.services.parted();
  static_cast<void>(node.services.present(node.now));
  node.listening.clear();
  CHECK(node.look().empty());
  CHECK(node.look().empty());
  CHECK(node.services.joined(welcome({}, true), node.now) == released(tcp(8443)));
}

TEST_CASE("a gateway that does not know services hears of none") {
  Node node({offer("web", "8443/tcp")});
  node.listening = {tcp(8443)};
  CHECK(node.join({}, false).empty());
  CHECK(node.logged("event=services_unknown"));
  node.now += 60s;
  CHECK(node.look().empty());
}

TEST_CASE("no service is offered where a command has the port") {
  Node node({offer("web", "8443/tcp"), offer("relay", "700/udp", false)});
  node.listening = {tcp(8443)};
  node.leased = {tcp(8443), udp(700)};
  CHECK(node.join().empty());
  node.leased.clear();
  CHECK(asked(node.look()) == Ports{tcp(8443), udp(700)});
}

TEST_CASE("more services than a node may have are not offered") {
  Node node({offer("many", "1024-2047/tcp")});
  for (std::uint16_t port = 1024; port < 2048; ++port) node.listening.insert(tcp(port));
  const auto messages = node.join();
  CHECK(messages.size() == kMaxServices);
  CHECK(asked(messages).contains(tcp(1024)));
  CHECK(node.logged("event=services_too_many count=1024 most=256"));
  CHECK(node.presented.size() == kMaxServices);
}

}  // namespace encluster::agent
