// After a start the gateway does not know yet who holds what.
#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/control/agent_registry_fixture.hpp"

namespace encluster::control {
namespace {

/// The gateway has just been started: beta has not joined yet.
struct RecoveringFixture : RegistryFixture {
  RecoveringFixture() : RegistryFixture(AgentRegistry::Settings()) { join_alpha({udp(600)}); }

  [[nodiscard]] std::size_t answers_to_alpha() const {
    return static_cast<std::size_t>(std::ranges::count_if(alpha->sent, [](const auto& message) {
      return std::holds_alternative<LeaseAnswer>(message);
    }));
  }
  void request(std::uint16_t port) {
    registry.receive(kAlpha, alpha_epoch, LeaseRequest{port, udp(port)});
  }
};

}  // namespace

TEST_CASE_METHOD(RecoveringFixture, "after a start what a node holds is its own at once") {
  CHECK(alpha->last<Welcome>().lost.empty());
  CHECK(published.back() == std::vector{row(600, kAlpha)});
}

TEST_CASE_METHOD(RecoveringFixture, "after a start requests wait until every node has joined") {
  request(700);
  registry.flush();
  CHECK(answers_to_alpha() == 0);
  join_beta();
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::granted);
}

TEST_CASE_METHOD(RecoveringFixture, "a port that a later node holds is its own whoever waits") {
  request(700);
  join_beta({udp(700)});
  CHECK(beta->last<Welcome>().lost.empty());
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::taken);
  CHECK(alpha->last<LeaseAnswer>().owner == "beta");
}

TEST_CASE_METHOD(RecoveringFixture, "requests wait no longer than an unheard agent goes on") {
  request(700);
  now += 20s - 1ms;
  registry.flush();
  CHECK(answers_to_alpha() == 0);
  now += 1ms;
  registry.flush();
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::granted);
}

TEST_CASE_METHOD(RecoveringFixture, "a node without a token is not waited for") {
  const auto only_alpha = AgentTokens::parse("alpha " + std::string(64, '6'), "t");
  registry.reconfigure(agent_view(parse(kText)), only_alpha);
  join_alpha();
  request(700);
  registry.flush();
  CHECK(answers_to_alpha() == 1);
}

TEST_CASE_METHOD(RecoveringFixture, "a request that waits and is given back is not granted later") {
  request(700);
  registry.receive(kAlpha, alpha_epoch, LeaseRelease{udp(700)});
  registry.flush();
  join_beta();
  CHECK(answers_to_alpha() == 0);
  CHECK(ask_beta(700).result == LeaseResult::granted);
}

TEST_CASE_METHOD(RecoveringFixture, "a node has no more requests waiting than it may have leases") {
  for (std::uint32_t i = 0; i <= kMaxLeases; ++i) request(static_cast<std::uint16_t>(1000 + i));
  registry.flush();
  CHECK(answers_to_alpha() == 1);
  CHECK(alpha->last<LeaseAnswer>().result == LeaseResult::too_many);
  CHECK(registry.counts().leases == 1);
}

}  // namespace encluster::control
