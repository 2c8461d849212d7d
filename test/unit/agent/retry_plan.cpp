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

}  // namespace encluster::agent
