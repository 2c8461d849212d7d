#include "login/round_robin.hpp"

#include <catch2/catch.hpp>

#include "unit/plugins/login/sessions.hpp"

namespace encluster::login {

TEST_CASE("round robin serves candidates in their order, whatever their weights") {
  auto candidates = candidates_weighing({1, 9, 3});
  RoundRobin scheduler;
  CHECK(serve(scheduler, candidates, 7) == "abcabca");
}

TEST_CASE("round robin skips who is not eligible and forgets nobody's turn") {
  auto candidates = candidates_weighing({1, 1, 1});
  RoundRobin scheduler;
  CHECK(serve(scheduler, candidates, 1) == "a");
  candidates[1].eligible = false;
  CHECK(serve(scheduler, candidates, 3) == "cac");
  candidates[1].eligible = true;
  CHECK(serve(scheduler, candidates, 3) == "abc");
}

TEST_CASE("round robin serves nobody where nobody is eligible") {
  auto none = candidates_weighing({});
  auto idle = candidates_weighing({0, 0});
  RoundRobin scheduler;
  CHECK(serve(scheduler, none, 1) == "-");
  CHECK(serve(scheduler, idle, 2) == "--");
}

TEST_CASE("asking a round robin who is next does not move it") {
  const auto candidates = candidates_weighing({1, 1});
  const RoundRobin scheduler;
  CHECK(scheduler.choose(candidates) == std::size_t{0});
  CHECK(scheduler.choose(candidates) == std::size_t{0});
}

}  // namespace encluster::login
