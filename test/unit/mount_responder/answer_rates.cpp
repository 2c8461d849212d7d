#include "mount_responder/answer_rates.hpp"

#include <catch2/catch.hpp>

namespace encluster::mount_responder {
namespace {

using namespace std::chrono_literals;

constexpr Ipv4Address kOne(198, 51, 100, 7);
constexpr Ipv4Address kOther(198, 51, 100, 8);
constexpr AnswerRates::Time kStart{};

}  // namespace

TEST_CASE("a remote may call so often within a second, whatever others do") {
  AnswerRates rates(kStart);
  for (unsigned i = 0; i < AnswerRates::kCallsOfRemote; ++i) CHECK(rates.may_ask(kOne, kStart));
  CHECK_FALSE(rates.may_ask(kOne, kStart + 999ms));
  CHECK(rates.may_ask(kOther, kStart + 999ms));
  CHECK(rates.may_ask(kOne, kStart + 1000ms));
}

TEST_CASE("forged remotes beyond those that are counted are dropped") {
  AnswerRates rates(kStart);
  for (std::uint32_t i = 0; i < AnswerRates::kRemotes; ++i) {
    REQUIRE(rates.may_ask(Ipv4Address(0x0b000000 + i), kStart));
  }
  CHECK_FALSE(rates.may_ask(kOne, kStart));
  CHECK(rates.may_ask(Ipv4Address(0x0b000000), kStart));
  CHECK(rates.may_ask(kOne, kStart + 1s));
}

TEST_CASE("all answers together are bounded by their bytes") {
  AnswerRates rates(kStart);
  constexpr std::size_t kLong = 65507;
  std::size_t sent = 0;
  while (rates.may_answer(kLong, kStart)) sent += kLong;
  CHECK(static_cast<double>(sent) <= AnswerRates::kBurst);
  CHECK(static_cast<double>(sent + kLong) > AnswerRates::kBurst);
  CHECK(rates.may_answer(kLong, kStart + 1s));
}

TEST_CASE("short answers count, too") {
  AnswerRates rates(kStart);
  std::size_t count = 0;
  while (rates.may_answer(24, kStart)) ++count;
  CHECK(count == static_cast<std::size_t>(AnswerRates::kBurst) / AnswerRates::kSmallest);
}

}  // namespace encluster::mount_responder
