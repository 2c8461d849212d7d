#include "login/weighted_round_robin.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/plugins/login/sessions.hpp"

namespace encluster::login {

TEST_CASE("weighted round robin spreads the heavy candidate's sessions over the round") {
  auto candidates = candidates_weighing({5, 1, 1});
  WeightedRoundRobin scheduler(3);
  CHECK(serve(scheduler, candidates, 14) == "aabacaaaabacaa");
}

TEST_CASE("weighted round robin with equal weights is round robin") {
  auto candidates = candidates_weighing({7, 7, 7});
  WeightedRoundRobin scheduler(3);
  CHECK(serve(scheduler, candidates, 6) == "abcabc");
}

TEST_CASE("weighted round robin gives each candidate its exact share of a round") {
  auto candidates = candidates_weighing({1000, 300, 7});
  WeightedRoundRobin scheduler(3);
  const std::string order = serve(scheduler, candidates, 1307);
  CHECK(std::ranges::count(order, 'a') == 1000);
  CHECK(std::ranges::count(order, 'b') == 300);
  CHECK(std::ranges::count(order, 'c') == 7);
}

TEST_CASE("a changed weight takes effect with the next session") {
  auto candidates = candidates_weighing({65535, 1});
  WeightedRoundRobin scheduler(2);
  serve(scheduler, candidates, 30000);
  candidates[0].weight = 1;
  CHECK(serve(scheduler, candidates, 6) == "ababab");
}

TEST_CASE("weighted round robin divides among those who are left") {
  auto candidates = candidates_weighing({2, 1, 1});
  WeightedRoundRobin scheduler(3);
  serve(scheduler, candidates, 3);
  candidates[0].eligible = false;
  const std::string order = serve(scheduler, candidates, 10);
  CHECK(std::ranges::count(order, 'a') == 0);
  CHECK(std::abs(std::ranges::count(order, 'b') - std::ranges::count(order, 'c')) <= 1);
}

TEST_CASE("weighted round robin serves nobody where nobody is eligible") {
  auto idle = candidates_weighing({0, 0});
  WeightedRoundRobin scheduler(2);
  CHECK(serve(scheduler, idle, 2) == "--");
}

TEST_CASE("asking a weighted round robin who is next does not move it") {
  auto candidates = candidates_weighing({1, 1});
  WeightedRoundRobin scheduler(2);
  serve(scheduler, candidates, 1);
  CHECK(scheduler.choose(candidates) == std::size_t{1});
  CHECK(scheduler.choose(candidates) == std::size_t{1});
}

}  // namespace encluster::login
