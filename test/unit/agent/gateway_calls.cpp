#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "agent_protocol/codec.hpp"
#include "unit/agent/link_fixture.hpp"

namespace encluster::agent {
namespace {

using namespace agent_protocol;
using std::chrono::milliseconds;
using test::FakeGateway;
using test::Loop;
using test::Reply;

constexpr Instance kFirst{};  // of FakeGateway::welcome()
constexpr Instance kSecond{2};
constexpr Instance kThird{3};
constexpr milliseconds kLongerThanInterval{GatewayLink::kCallInterval + milliseconds(20)};

/// Answers that make the gateway that instance.
FakeGateway::Answer answers_of(const Instance& instance) {
  return [instance](const FromAgent& message) {
    if (!std::holds_alternative<Join>(message)) return FakeGateway::usual_answer(message);
    Welcome welcome = FakeGateway::welcome();
    welcome.instance = instance;
    return Reply{encode(FromGateway(welcome))};
  };
}

}  // namespace

TEST_CASE("a gateway that calls a node that it welcomed changes nothing") {
  Loop loop;
  loop.start();
  REQUIRE(loop.until([&] { return loop.node->welcomes.size() == 1; }));
  loop.node->link.come_back(0, kFirst);
  loop.run_for(kLongerThanInterval);
  CHECK(loop.gateway.connections == 1);
  CHECK(loop.node->partings == 0);
  CHECK(loop.node->log.find("event=called") == std::string::npos);
}

TEST_CASE("a gateway that has started anew is joined anew when it calls") {
  Loop loop;
  loop.start();
  REQUIRE(loop.until([&] { return loop.node->welcomes.size() == 1; }));
  loop.gateway.answer = answers_of(kSecond);
  loop.node->link.come_back(0, kSecond);
  REQUIRE(loop.until([&] { return loop.node->welcomes.size() == 2; }));
  CHECK(loop.node->welcomes.back().instance == kSecond);
  CHECK(loop.node->partings == 1);
  CHECK(loop.node->log.find("event=called") != std::string::npos);
  CHECK(loop.node->log.find("event=parted") == std::string::npos);
  loop.run_for(kLongerThanInterval);
  loop.node->link.come_back(0, kSecond);
  loop.run_for(kLongerThanInterval);
  CHECK(loop.gateway.connections == 2);
}

TEST_CASE("a call ends the pause between attempts") {
  Loop loop;
  loop.gateway.answer = [](const FromAgent&) { return Reply{{}, true}; };
  loop.start();
  // The pauses are of 125 ms at least by then. On a busy machine one measurement may fail.
  REQUIRE(loop.until([&] { return loop.gateway.connections >= 7; }));
  auto least = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 20 && least > milliseconds(100); ++i) {
    const std::size_t before = loop.gateway.connections;
    REQUIRE(loop.until([&] { return loop.gateway.connections > before; }));
    loop.run_for(milliseconds(10));
    const std::size_t meanwhile = loop.gateway.connections;
    const auto start = std::chrono::steady_clock::now();
    loop.node->link.come_back(0, kSecond);
    REQUIRE(loop.until([&] { return loop.gateway.connections > meanwhile; }));
    least = std::min(least, std::chrono::steady_clock::now() - start);
    // Let the pauses grow again.
    REQUIRE(loop.until([&] { return loop.gateway.connections > meanwhile + 7; }));
  }
  CHECK(least <= milliseconds(100));
}

TEST_CASE("calls are heard no more often than every 100 ms") {
  Loop loop;
  loop.gateway.answer = answers_of(kSecond);
  loop.start();
  REQUIRE(loop.until([&] { return loop.node->welcomes.size() == 1; }));
  const auto start = std::chrono::steady_clock::now();
  while (loop.node->welcomes.size() < 4) {
    loop.node->link.come_back(0, kThird);
    loop.run_for(milliseconds(5));
    REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  }
  CHECK(loop.node->welcomes.size() == 4);
  CHECK(std::chrono::steady_clock::now() - start >= 2 * GatewayLink::kCallInterval);
}

TEST_CASE("a join that takes long is not given up because the gateway goes on calling") {
  Loop loop;
  loop.gateway.answer = [](const FromAgent&) { return Reply{}; };
  loop.start();
  REQUIRE(loop.until([&] { return loop.gateway.received.size() == 1; }));
  loop.node->link.come_back(0, kSecond);
  REQUIRE(loop.until([&] { return loop.gateway.received.size() == 2; }));
  for (int i = 0; i < 3; ++i) {
    loop.run_for(kLongerThanInterval);
    loop.node->link.come_back(0, kSecond);
  }
  loop.run_for(kLongerThanInterval);
  CHECK(loop.gateway.connections == 2);
}

TEST_CASE("a node that has joined one gateway goes to another that calls") {
  Loop loop;
  loop.other = std::make_unique<FakeGateway>(loop.context);
  loop.start({loop.gateway.endpoint(), loop.other->endpoint()}, loop.gateway.fingerprint());
  REQUIRE(loop.until([&] { return loop.node->welcomes.size() == 1; }));
  loop.node->link.come_back(1, kSecond);
  CHECK(loop.until([&] { return loop.other->connections != 0; }));
  CHECK(loop.until([&] { return loop.node->partings == 1; }));
}

TEST_CASE("a gateway that refused a node is left alone even if it calls") {
  Loop loop;
  loop.gateway.answer = [](const FromAgent&) {
    return Reply{encode(FromGateway(Refused{RefusalReason::credentials, "who?"})), true};
  };
  loop.start();
  REQUIRE(loop.until([&] { return !loop.node->log.empty(); }));
  loop.node->link.come_back(0, kSecond);
  loop.run_for(milliseconds(300));
  CHECK(loop.gateway.connections == 1);
}

TEST_CASE("calls are not heard before the keepers of leases had their time") {
  Loop loop;
  loop.start({loop.gateway.endpoint()}, loop.gateway.fingerprint(), std::chrono::seconds(5));
  loop.node->link.come_back(0, kSecond);
  loop.run_for(milliseconds(100));
  CHECK(loop.gateway.connections == 0);
}

}  // namespace encluster::agent
