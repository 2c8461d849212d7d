#include "agent/retry_plan.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent {
namespace {

using std::chrono::milliseconds;

const RetryPlan::Clock::time_point kNow{};

}  // namespace

TEST_CASE(
    "the first attempt is made at once, and each further one waits twice as long, up to 250 ms") {
  RetryPlan plan(1);
  std::vector<long> delays;
  for (int i = 0; i < 7; ++i) {
    delays.push_back(plan.next(kNow, 1).delay.count());
    plan.failed();
  }
  CHECK(delays == std::vector<long>{0, 10, 20, 40, 80, 160, 250});
  CHECK(plan.next(kNow, 0).delay == milliseconds(125));
  plan.worked();
  CHECK(plan.next(kNow, 1).delay == milliseconds(10));
}

TEST_CASE("gateways are tried in turn") {
  RetryPlan plan(3);
  for (const std::size_t expected : {0U, 1U, 2U, 0U}) {
    CHECK(plan.next(kNow, 0).gateway == expected);
    plan.failed();
  }
}

TEST_CASE("a gateway that refuses is left alone for a while, the others are not") {
  RetryPlan plan(2);
  REQUIRE(plan.next(kNow, 0).gateway == 0);
  plan.refused(0, kNow);
  CHECK(plan.next(kNow, 0).gateway == 1);
  CHECK(plan.next(kNow, 0).gateway == 1);
  plan.refused(1, kNow + milliseconds(100));
  const auto attempt = plan.next(kNow + milliseconds(200), 0);
  CHECK(attempt.gateway == 0);
  CHECK(attempt.delay == milliseconds(4800));
}

TEST_CASE("a gateway that calls is tried at once, and again after the least delay") {
  RetryPlan plan(3);
  for (int i = 0; i < 8; ++i) {
    CHECK(plan.next(kNow, 1).gateway == static_cast<std::size_t>(i % 3));
    plan.failed();
  }
  plan.called(1);
  std::vector<std::size_t> gateways;
  std::vector<long> delays;
  for (int i = 0; i < 4; ++i) {
    const auto attempt = plan.next(kNow, 1);
    gateways.push_back(attempt.gateway);
    delays.push_back(attempt.delay.count());
    plan.failed();
  }
  CHECK(gateways == std::vector<std::size_t>{1, 1, 2, 0});
  CHECK(delays == std::vector<long>{0, 10, 20, 40});
}

TEST_CASE("a gateway that has refused is left alone for five seconds") {
  RetryPlan plan(2);
  CHECK_FALSE(plan.left_alone(0, kNow));
  plan.refused(0, kNow);
  CHECK(plan.left_alone(0, kNow + milliseconds(4999)));
  CHECK_FALSE(plan.left_alone(0, kNow + milliseconds(5000)));
  CHECK_FALSE(plan.left_alone(1, kNow));
}

}  // namespace encluster::agent
