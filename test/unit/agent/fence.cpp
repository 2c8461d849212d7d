#include "agent/fence.hpp"

#include <catch2/catch.hpp>

namespace encluster::agent {
namespace {

constexpr BootTime at(std::int64_t time) { return BootTime(std::chrono::milliseconds(time)); }

constexpr Validity kLong{at(100'000), std::chrono::seconds(15)};

}  // namespace

TEST_CASE(
    "a command is asked to end two seconds before its lease, and killed half a second before") {
  CHECK(due_at(kLong, at(97'999)) == Due::nothing);
  CHECK(due_at(kLong, at(98'000)) == Due::terminate);
  CHECK(due_at(kLong, at(99'499)) == Due::terminate);
  CHECK(due_at(kLong, at(99'500)) == Due::kill);
  CHECK(due_at(kLong, at(200'000)) == Due::kill);
}

TEST_CASE("where the fence is short, a command that is renewed in time is left alone") {
  constexpr Validity fence{at(10'000), std::chrono::milliseconds(1000)};
  CHECK(due_at(fence, at(9'749)) == Due::nothing);
  CHECK(due_at(fence, at(9'750)) == Due::terminate);
  CHECK(due_at(fence, at(9'875)) == Due::kill);
}

TEST_CASE("the next thing to do has its time") {
  CHECK(next_change(kLong, at(0)) == at(98'000));
  CHECK(next_change(kLong, at(98'000)) == at(99'500));
  CHECK(next_change(kLong, at(99'600)) == at(100'000));
}

}  // namespace encluster::agent
