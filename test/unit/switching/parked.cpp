#include "switching/parked.hpp"

#include <catch2/catch.hpp>

using namespace encluster;
using namespace encluster::switching;

namespace {

Packet numbered(std::uint16_t number) {
  Packet packet;
  packet.length = number;
  packet.verdict = Verdict::hold;
  return packet;
}

}  // namespace

TEST_CASE("an empty queue has nothing due") {
  Parked parked;
  CHECK_FALSE(parked.take_due(1, 0).has_value());
}

TEST_CASE("a parked packet waits while nothing changes, then is dropped by name") {
  Parked parked;
  REQUIRE(parked.add(numbered(1), 5, 100));
  CHECK_FALSE(parked.take_due(5, 100).has_value());
  CHECK_FALSE(parked.take_due(5, 101).has_value());
  const auto packet = parked.take_due(5, 102);
  REQUIRE(packet.has_value());
  CHECK(packet->verdict == Verdict::drop);
  CHECK(packet->reason == DropReason::hold_expired);
  CHECK(parked.size() == 0);
}

TEST_CASE("a parked packet is pending again as soon as the snapshot is another") {
  Parked parked;
  REQUIRE(parked.add(numbered(1), 5, 100));
  const auto packet = parked.take_due(6, 100);
  REQUIRE(packet.has_value());
  CHECK(packet->verdict == Verdict::pending);
  CHECK(packet->length == 1);
}

TEST_CASE("parked packets come out in order, round after round") {
  Parked parked;
  std::uint16_t in = 0;
  std::uint16_t out = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 40; ++i) REQUIRE(parked.add(numbered(in++), 1, 0));
    for (int i = 0; i < 40; ++i) REQUIRE(parked.take_due(2, 0)->length == out++);
  }
}

TEST_CASE("the queue is bounded") {
  Parked parked;
  for (std::size_t i = 0; i < Parked::kCapacity; ++i) REQUIRE(parked.add(numbered(1), 1, 0));
  CHECK_FALSE(parked.add(numbered(1), 1, 0));
  CHECK(parked.size() == Parked::kCapacity);
  CHECK(parked.take_due(2, 0).has_value());
  CHECK(parked.add(numbered(1), 1, 0));
}
