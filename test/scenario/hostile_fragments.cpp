// Fragments that overlap, repeat, contradict, never end, or come in floods.
#include <catch2/catch.hpp>

#include "support/fragments.hpp"
#include "support/gateway.hpp"

using namespace encluster;
using namespace encluster::test;

namespace {

PacketBuilder datagram(std::uint16_t identification = 5, Ipv4Address from = kRemote) {
  return udp()
      .from(from, 53)
      .to(kCluster, kAlphaSlice)
      .payload(pattern(4096))
      .identification(identification);
}

Outcome send(Gateway& gateway, const Part& which, std::uint16_t identification = 5) {
  return gateway.from_remote(part(datagram(identification), which));
}

constexpr Part kFirst{0, 1024, true};
constexpr Part kSecond{1024, 1024, true};
constexpr Part kLast{2048, 1024, false};

void check_dropped(const Outcome& out, DropReason reason) {
  CHECK(out.verdict == Verdict::drop);
  CHECK(name_of(out.reason) == name_of(reason));
}

}  // namespace

TEST_CASE("a fragment that overlaps another takes the rest of the datagram with it") {
  for (const Part overlapping : {Part{512, 1024, true}, Part{1016, 8, true}, Part{0, 2048, true},
                                 Part{1032, 8, true}, Part{8, 8, true}}) {
    Gateway gateway;
    CHECK(send(gateway, kFirst).verdict == Verdict::forward);
    CHECK(send(gateway, kSecond).verdict == Verdict::forward);
    check_dropped(send(gateway, overlapping), DropReason::fragment_overlap);
    check_dropped(send(gateway, kLast), DropReason::fragment_overlap);
    gateway.pass(10);
    CHECK(send(gateway, kFirst).verdict == Verdict::forward);
  }
}

TEST_CASE("an overlap among fragments that wait drops them all") {
  Gateway gateway;
  CHECK(send(gateway, kSecond).verdict == Verdict::hold);
  check_dropped(send(gateway, {1536, 1024, true}), DropReason::fragment_overlap);
  const Extras dropped = gateway.pass(1);
  REQUIRE(dropped.size() == 1);
  check_dropped(dropped[0], DropReason::fragment_overlap);
  check_dropped(send(gateway, kFirst), DropReason::fragment_overlap);
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("a second end, or bytes behind the end, are a contradiction") {
  for (const Part other : {Part{3072, 8, true}, Part{3072, 8, false}, Part{1024, 8, false}}) {
    Gateway gateway;
    CHECK(send(gateway, kFirst).verdict == Verdict::forward);
    CHECK(send(gateway, kLast).verdict == Verdict::forward);
    check_dropped(send(gateway, other), DropReason::fragment_overlap);
  }
}

TEST_CASE("a duplicate is dropped, and its datagram passes") {
  Gateway gateway;
  for (const Part& which : {kFirst, kLast}) {
    CHECK(send(gateway, which).verdict == Verdict::forward);
    check_dropped(send(gateway, which), DropReason::fragment_duplicate);
  }
  CHECK(send(gateway, kSecond).verdict == Verdict::forward);
  CHECK(gateway.pipeline().fragments().datagrams() == 0);
}

TEST_CASE("fragments without a first one are dropped when their time is over") {
  Gateway gateway;
  CHECK(send(gateway, kSecond).verdict == Verdict::hold);
  CHECK(send(gateway, kLast).verdict == Verdict::hold);
  CHECK(gateway.pass(4).empty());
  const Extras dropped = gateway.pass(3);
  REQUIRE(dropped.size() == 2);
  for (const Outcome& out : dropped) check_dropped(out, DropReason::fragment_timeout);
  CHECK(gateway.pipeline().fragments().datagrams() == 0);
}

TEST_CASE("an identification may be used again after some seconds, whatever became of it") {
  Gateway gateway;
  CHECK(send(gateway, kFirst).verdict == Verdict::forward);
  gateway.pass(7);
  CHECK(send(gateway, kFirst).verdict == Verdict::forward);
  CHECK(send(gateway, kSecond).verdict == Verdict::forward);
}

TEST_CASE("no datagram has more than 64 fragments") {
  Gateway gateway;
  for (std::size_t i = 0; i < 64; ++i) {
    CHECK(send(gateway, {i * 8, 8, true}).verdict == Verdict::forward);
  }
  check_dropped(send(gateway, {64 * 8, 8, true}), DropReason::fragment_limit);
  check_dropped(send(gateway, {65 * 8, 8, true}), DropReason::fragment_limit);
}

TEST_CASE("one sender's datagrams and waiting fragments are bounded, others pass") {
  Gateway gateway;
  const switching::FragmentLimits limits;
  for (std::uint16_t i = 0; i < limits.sender_waiting; ++i) {
    CHECK(send(gateway, kSecond, i).verdict == Verdict::hold);
  }
  check_dropped(send(gateway, kLast, 0), DropReason::fragment_limit);
  for (std::uint16_t i = limits.sender_waiting; i < limits.sender_datagrams; ++i) {
    CHECK(send(gateway, kFirst, i).verdict == Verdict::forward);
  }
  check_dropped(send(gateway, kFirst, 60000), DropReason::fragment_limit);
  const auto other = part(datagram(5, kFarRemote), kFirst);
  CHECK(gateway.from_remote(other).verdict == Verdict::forward);
  gateway.pass(10);
  CHECK(gateway.buffers_kept() == 0);
}

TEST_CASE("a flood of fragments from everywhere leaves room for datagrams that come at once") {
  Gateway gateway;
  std::uint32_t dropped = 0;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const Outcome out = gateway.from_remote(part(datagram(1, remote_beside(i)), kSecond));
    if (out.verdict == Verdict::drop) ++dropped;
    if (i % 500 != 0) continue;
    const auto id = static_cast<std::uint16_t>(i / 500);
    for (const Part& which : {kFirst, kSecond, kLast}) {
      CHECK(send(gateway, which, id).verdict == Verdict::forward);
    }
  }
  CHECK(dropped > 10000);
  CHECK(gateway.buffers_kept() <= 1024);
  gateway.pass(10);
  CHECK(gateway.buffers_kept() == 0);
  CHECK(gateway.pipeline().fragments().datagrams() == 0);
}

TEST_CASE("fragments of nobody's address are dropped as whole messages are") {
  Gateway gateway;
  const auto spoofed = udp().from(kAlpha, 1).to(kCluster, kAlphaSlice).payload(pattern(64));
  check_dropped(gateway.from_remote(part(spoofed, {8, 8, true})), DropReason::spoofed_source);
  const auto transit = udp().from(kRemote, 1).to(kFarRemote, 1).payload(pattern(64));
  check_dropped(gateway.from_remote(part(transit, {8, 8, true})), DropReason::not_cluster_address);
  CHECK(gateway.pipeline().fragments().datagrams() == 0);
}
