#include "portmapper/call_rates.hpp"

#include <catch2/catch.hpp>

namespace encluster::portmapper {
namespace {

constexpr Ipv4Address kRemote(198, 51, 100, 7);
constexpr Ipv4Address kOther(198, 51, 100, 8);

}  // namespace

TEST_CASE("calls of a remote are counted within the second") {
  CallRates rates;
  CHECK(rates.note(kRemote, 5) == 1);
  CHECK(rates.note(kRemote, 5) == 2);
  CHECK(rates.note(kOther, 5) == 1);
  CHECK(rates.note(kRemote, 5) == 3);
  CHECK(rates.note(kRemote, 6) == 1);
}

TEST_CASE("to peek changes nothing") {
  CallRates rates;
  CHECK(rates.peek(kRemote, 5) == 1);
  rates.note(kRemote, 5);
  CHECK(rates.peek(kRemote, 5) == 2);
  CHECK(rates.peek(kRemote, 5) == 2);
  CHECK(rates.peek(kRemote, 6) == 1);
  CHECK(rates.note(kRemote, 5) == 2);
}

TEST_CASE("a remote that calls all the time keeps its place while thousands call once") {
  CallRates rates;
  std::uint32_t calls = 0;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    calls = rates.note(kRemote, 5);
    rates.note(Ipv4Address(0x0a000000 + i), 5);
  }
  CHECK(calls == 3000);
}

TEST_CASE("the clock may wrap") {
  CallRates rates;
  for (std::uint32_t i = 0; i < CallRates::kPlaces * CallRates::kBuckets; ++i) {
    rates.note(Ipv4Address(0x0a000000 + i), 0xffff'ffff);
  }
  CHECK(rates.note(kRemote, 0) == 1);
  CHECK(rates.note(kRemote, 0) == 2);
}

}  // namespace encluster::portmapper
