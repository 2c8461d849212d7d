#include "mount_responder/answer_rates.hpp"

#include <catch2/catch.hpp>

namespace encluster::mount_responder {
namespace {

using namespace std::chrono_literals;

constexpr Ipv4Address kOne(198, 51, 100, 7);
constexpr Ipv4Address kOther(198, 51, 100, 8);
constexpr AnswerRates::Time kStart{};

/// How many remotes, each of which asks once, get an answer of so many bytes.
std::size_t answers_of(std::size_t bytes, AnswerRates& rates, AnswerRates::Time now) {
  std::uint32_t count = 0;
  while (rates.may_ask(Ipv4Address(0x0b000000 + count), now) && rates.may_answer(bytes, now))
    ++count;
  return count;
}

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
  constexpr auto kEnd = kStart + 999ms;
  for (std::uint32_t i = 0; i < AnswerRates::kRemotes; ++i) {
    static_cast<void>(rates.may_ask(Ipv4Address(0x0b000000 + i), kStart));
  }
  CHECK_FALSE(rates.may_ask(kOne, kEnd));
  CHECK(rates.may_ask(Ipv4Address(0x0b000000), kEnd));
  CHECK(rates.may_ask(kOne, kStart + 1s));
}

TEST_CASE("all answers together are bounded by their bytes") {
  AnswerRates rates(kStart);
  constexpr std::size_t kLong = 65507;
  CHECK(answers_of(kLong, rates, kStart) == static_cast<std::size_t>(AnswerRates::kBurst) / kLong);
  CHECK(answers_of(kLong, rates, kStart + 1s) > 0);
}

TEST_CASE("short answers count, too") {
  AnswerRates rates(kStart);
  constexpr auto kMost = static_cast<std::size_t>(AnswerRates::kBurst) / AnswerRates::kSmallest;
  CHECK(answers_of(24, rates, kStart) == kMost);
}

}  // namespace encluster::mount_responder
