#include "login/least_connections.hpp"

#include <catch2/catch.hpp>

#include "unit/plugins/login/sessions.hpp"

namespace encluster::login {

TEST_CASE("least connections serves the candidate with the fewest") {
  auto candidates = candidates_weighing({1, 1, 1});
  candidates[0].connections = 5;
  candidates[1].connections = 3;
  candidates[2].connections = 4;
  LeastConnections scheduler;
  CHECK(serve(scheduler, candidates, 3) == "bcb");
}

TEST_CASE("among equal candidates least connections takes turns") {
  auto candidates = candidates_weighing({1, 1, 1});
  LeastConnections scheduler;
  CHECK(serve(scheduler, candidates, 6) == "abcabc");
}

TEST_CASE("turns go on when connections end as fast as they begin") {
  auto candidates = candidates_weighing({1, 1, 1});
  LeastConnections scheduler;
  std::string order;
  for (int i = 0; i < 6; ++i) {
    order += serve(scheduler, candidates, 1);
    for (Candidate& candidate : candidates) candidate.connections = 0;
  }
  CHECK(order == "abcabc");
}

TEST_CASE("a candidate of twice the weight carries twice the connections") {
  auto candidates = candidates_weighing({2, 1});
  LeastConnections scheduler;
  serve(scheduler, candidates, 300);
  CHECK(candidates[0].connections == 200);
  CHECK(candidates[1].connections == 100);
}

TEST_CASE("loads are compared exactly at the largest counts and weights") {
  auto candidates = candidates_weighing({65535, 65534});
  candidates[0].connections = 4294967295u;
  candidates[1].connections = 4294967295u;
  const LeastConnections scheduler;
  CHECK(scheduler.choose(candidates) == std::size_t{0});
}

TEST_CASE("least connections passes over an idle candidate that is not eligible") {
  auto candidates = candidates_weighing({1, 0});
  candidates[0].connections = 1000;
  LeastConnections scheduler;
  CHECK(serve(scheduler, candidates, 2) == "aa");
  candidates[0].eligible = false;
  CHECK(serve(scheduler, candidates, 1) == "-");
}

}  // namespace encluster::login
