#include "login/least_loaded.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "unit/plugins/login/sessions.hpp"

namespace encluster::login {

namespace {

constexpr Seconds kMinute = 60;

/// How many of the next sessions each candidate gets.
std::vector<std::size_t> shares(Scheduler& scheduler, std::vector<Candidate>& candidates,
                                int count) {
  const std::string order = serve(scheduler, candidates, count);
  std::vector<std::size_t> result(candidates.size());
  for (const char letter : order) ++result.at(static_cast<std::size_t>(letter - 'a'));
  return result;
}

}  // namespace

TEST_CASE("least loaded serves the candidate that has the least to do") {
  auto candidates = candidates_weighing({1, 1, 1});
  candidates[0].load = 300;
  candidates[1].load = 100;
  candidates[2].load = 200;
  LeastLoaded scheduler(3);
  CHECK(serve(scheduler, candidates, 5) == "bbbbb");
}

TEST_CASE("among equally loaded candidates least loaded takes turns") {
  auto candidates = candidates_weighing({1, 1, 1});
  LeastLoaded scheduler(3);
  CHECK(serve(scheduler, candidates, 6) == "abcabc");
}

TEST_CASE("between two reports an idle candidate gets no more than makes up for its idleness") {
  auto candidates = candidates_weighing({1, 1});
  candidates[0].load = 100;
  LeastLoaded scheduler(2);
  const std::size_t lead = 100 / LeastLoaded::kSessionLoad;
  CHECK(serve(scheduler, candidates, static_cast<int>(lead)) == std::string(lead, 'b'));
  CHECK(shares(scheduler, candidates, 1000) == std::vector<std::size_t>{500, 500});
}

TEST_CASE("least loaded weighs loads, and sessions begun lately") {
  auto candidates = candidates_weighing({3, 1});
  LeastLoaded scheduler(2);
  SECTION("without loads, sessions go by weights") {
    CHECK(shares(scheduler, candidates, 400) == std::vector<std::size_t>{300, 100});
  }
  SECTION("a load counts for the weight") {
    candidates[0].load = 240;
    candidates[1].load = 100;
    CHECK(serve(scheduler, candidates, 1) == "a");
    candidates[0].load = 320;
    CHECK(serve(scheduler, candidates, 1) == "b");
  }
}

TEST_CASE("sessions are forgotten as the kernel's mean of a minute takes them in") {
  auto candidates = candidates_weighing({1, 1});
  candidates[0].eligible = false;
  LeastLoaded scheduler(2);
  scheduler.look_at_clock(1000);
  serve(scheduler, candidates, 400);
  candidates[0].eligible = true;
  SECTION("at once nothing is forgotten") { CHECK(shares(scheduler, candidates, 400)[0] == 400); }
  SECTION("after a minute, two thirds") {
    scheduler.look_at_clock(1000 + kMinute);
    const auto first = serve(scheduler, candidates, 300).find('b');
    CHECK(first > 130);
    CHECK(first < 170);
  }
  SECTION("after an hour, all") {
    scheduler.look_at_clock(1000 + 60 * kMinute);
    CHECK(shares(scheduler, candidates, 10) == std::vector<std::size_t>{5, 5});
  }
}

TEST_CASE("a single session is forgotten, too") {
  auto candidates = candidates_weighing({1, 1});
  LeastLoaded scheduler(2);
  serve(scheduler, candidates, 1);
  scheduler.look_at_clock(60 * kMinute);
  candidates[0].load = 1;  // what is left of the session, in hundredths, is less
  candidates[1].load = 2;
  CHECK(serve(scheduler, candidates, 1) == "a");
}

TEST_CASE("loads are compared exactly at the largest loads and weights") {
  auto candidates = candidates_weighing({65535, 65534});
  candidates[0].load = candidates[1].load = 65535;
  const LeastLoaded scheduler(2);
  CHECK(scheduler.choose(candidates) == std::size_t{0});
}

TEST_CASE("least loaded passes over an idle candidate that is not eligible") {
  auto candidates = candidates_weighing({1, 0});
  candidates[0].load = 1000;
  LeastLoaded scheduler(2);
  CHECK(serve(scheduler, candidates, 2) == "aa");
  candidates[0].eligible = false;
  CHECK(serve(scheduler, candidates, 1) == "-");
}

}  // namespace encluster::login
