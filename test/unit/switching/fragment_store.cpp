#include "switching/fragment_store.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "net/parse.hpp"
#include "support/fragments.hpp"
#include "support/heap_pool.hpp"

using namespace encluster;
using namespace encluster::switching;
using namespace encluster::test;

namespace {

constexpr Ipv4Address kCluster(192, 0, 2, 1);
constexpr Part kFirst{0, 8, true};
constexpr Part kSecond{8, 8, true};
constexpr Part kLast{16, 8, false};

FragmentWay way_to(NodeId node) {
  FragmentWay way;
  way.verdict = Verdict::forward;
  way.node = node;
  return way;
}

/// A store, the frames that it sees, and where its packets leave.
struct Following {
  Following() : Following(FragmentLimits{4, 3, 6, 4}) {}
  explicit Following(const FragmentLimits& limits) : store(limits, 7) {}

  Packet fragment(const Part& which, std::uint16_t identification = 5, std::uint32_t sender = 1) {
    const auto whole = udp()
                           .from(Ipv4Address(0xc6336400 + sender), 700)
                           .to(kCluster, 2049)
                           .identification(identification)
                           .payload(pattern(16));
    frames.push_back(std::make_unique<Frame>(part(whole, which).build()));
    Packet packet = as_packet(*frames.back());
    if (net::parse(packet) == net::FrameKind::bad) throw std::logic_error("no fragment");
    return packet;
  }
  FragmentStore::Noted note(const Part& which, std::uint16_t identification = 5,
                            std::uint32_t sender = 1) {
    return store.note(fragment(which, identification, sender), now);
  }
  bool hold(const Part& which, std::uint16_t identification = 5, std::uint32_t sender = 1) {
    Packet packet = fragment(which, identification, sender);
    const FragmentStore::Noted noted = store.note(packet, now);
    return noted.datagram != 0 && store.hold(noted.datagram, packet);
  }
  std::vector<DropReason> released(std::size_t room = Emitter::kCapacity) {
    emitter.clear();
    while (emitter.room() > room) emitter.add(Packet{});
    const std::size_t others = emitter.packets().size();
    store.release(now, emitter);
    std::vector<DropReason> reasons;
    for (const Packet& packet : emitter.packets().subspan(others)) {
      reasons.push_back(packet.reason);
    }
    return reasons;
  }

  FragmentStore store;
  HeapPool pool{0};
  Emitter emitter{pool};
  std::vector<std::unique_ptr<Frame>> frames;
  Seconds now = 100;
};

}  // namespace

TEST_CASE("fragments of one datagram have one name, those of others another") {
  Following following;
  const auto first = following.note(kFirst);
  CHECK(first.datagram != 0);
  CHECK(following.note(kLast).datagram == first.datagram);
  CHECK(following.note(kFirst, 6).datagram != first.datagram);
  CHECK(following.note(kFirst, 5, 2).datagram != first.datagram);
  CHECK(following.store.datagrams() == 3);
}

TEST_CASE("a datagram's way is what was decided, until all of it has come") {
  Following following;
  const auto first = following.note(kFirst);
  CHECK(following.store.way(first.datagram).verdict == Verdict::pending);
  following.store.decide(first.datagram, way_to(NodeId(2)));
  CHECK(following.store.way(following.note(kSecond).datagram).node == NodeId(2));
  following.store.finish(first.datagram);
  CHECK(following.store.datagrams() == 1);
  static_cast<void>(following.note(kLast));
  following.store.finish(first.datagram);
  CHECK(following.store.datagrams() == 0);
  following.store.finish(first.datagram);
  CHECK(following.store.datagrams() == 0);
}

TEST_CASE("a datagram that has come whole is kept until its way is known") {
  Following following;
  const auto noted = following.note(kLast);
  static_cast<void>(following.note({0, 16, true}));
  following.store.finish(noted.datagram);
  CHECK(following.store.datagrams() == 1);
}

TEST_CASE("what waits is taken out in the order it came, pending") {
  Following following;
  REQUIRE(following.hold(kLast));
  REQUIRE(following.hold(kSecond));
  CHECK(following.store.held() == 2);
  const auto datagram = following.note(kFirst).datagram;
  const auto one = following.store.take_waiting(datagram);
  const auto two = following.store.take_waiting(datagram);
  REQUIRE((one.has_value() && two.has_value()));
  CHECK(one->frame == following.frames[0]->data());
  CHECK(two->frame == following.frames[1]->data());
  CHECK(one->verdict == Verdict::pending);
  CHECK_FALSE(following.store.take_waiting(datagram).has_value());
  CHECK(following.store.held() == 0);
}

TEST_CASE("a datagram that proves bad takes along what waits, and refuses the rest") {
  Following following;
  REQUIRE(following.hold(kLast));
  REQUIRE(following.hold(kSecond));
  CHECK(following.note({8, 16, true}).refused == DropReason::fragment_overlap);
  CHECK(following.note(kFirst).refused == DropReason::fragment_overlap);
  CHECK(following.released() ==
        std::vector{DropReason::fragment_overlap, DropReason::fragment_overlap});
  CHECK(following.store.held() == 0);
}

TEST_CASE("the oldest datagram gives way, with what waits of it") {
  Following following;
  for (std::uint32_t sender = 1; sender <= 4; ++sender) REQUIRE(following.hold(kLast, 5, sender));
  REQUIRE(following.hold(kSecond, 5, 1));
  const auto fifth = following.note(kFirst, 5, 5);
  CHECK(fifth.datagram != 0);
  CHECK(following.store.datagrams() == 4);
  CHECK(following.store.find(fragment_key(following.fragment(kFirst, 5, 1))) == 0);
  CHECK(following.store.find(fragment_key(following.fragment(kFirst, 5, 2))) != 0);
  CHECK(following.released() ==
        std::vector{DropReason::fragment_limit, DropReason::fragment_limit});
}

TEST_CASE("a name that goes to another datagram gets another serial number") {
  Following following;
  const auto first = following.note(kFirst, 5, 1);
  const std::uint32_t serial = following.store.serial(first.datagram);
  const FragmentKey key = fragment_key(following.fragment(kFirst, 5, 1));
  CHECK(following.store.is_of(first.datagram, key));
  for (std::uint32_t sender = 2; sender <= 5; ++sender) {
    static_cast<void>(following.note(kFirst, 5, sender));
  }
  CHECK_FALSE(following.store.is_of(first.datagram, key));
  CHECK(following.store.serial(first.datagram) != serial);
}

TEST_CASE("one sender's datagrams are bounded, others have room") {
  Following following;
  for (std::uint16_t id = 1; id <= 3; ++id) CHECK(following.note(kFirst, id).datagram != 0);
  CHECK(following.note(kFirst, 4).refused == DropReason::fragment_limit);
  CHECK(following.note(kFirst, 4, 2).datagram != 0);
  CHECK(following.store.datagrams() == 4);
}

TEST_CASE("waiting fragments are bounded, of one sender and in all") {
  Following following;
  for (std::uint16_t id = 1; id <= 2; ++id) {
    CHECK(following.hold(kSecond, id));
    CHECK(following.hold(kLast, id));
  }
  CHECK_FALSE(following.hold(kSecond, 3));
  CHECK(following.hold(kSecond, 1, 2));
  CHECK(following.hold(kLast, 1, 2));
  CHECK_FALSE(following.hold(kLast, 1, 3));
  CHECK(following.store.held() == 6);
}

TEST_CASE("a fragment that finds no place is left as it was") {
  Following following(FragmentLimits{4, 4, 0, 4});
  Packet packet = following.fragment(kLast);
  const auto noted = following.store.note(packet, following.now);
  CHECK_FALSE(following.store.hold(noted.datagram, packet));
  CHECK(packet.verdict == Verdict::pending);
}

TEST_CASE("a datagram is forgotten when its time is over, counted from its first fragment") {
  Following following;
  REQUIRE(following.hold(kLast));
  following.now += FragmentStore::kLife;
  REQUIRE(following.hold(kSecond));
  CHECK(following.released().empty());
  ++following.now;
  CHECK(following.released() ==
        std::vector{DropReason::fragment_timeout, DropReason::fragment_timeout});
  CHECK(following.store.datagrams() == 0);
  CHECK(following.note(kLast).datagram != 0);
}

TEST_CASE("what finds no room to leave stays, and keeps its place") {
  Following following;
  for (std::uint32_t sender = 1; sender <= 3; ++sender) {
    REQUIRE(following.hold(kSecond, 5, sender));
    REQUIRE(following.hold(kLast, 5, sender));
  }
  following.now += FragmentStore::kLife + 1;
  CHECK(following.released(4).size() == 4);
  CHECK(following.store.held() == 2);
  for (std::uint32_t sender = 1; sender <= 4; ++sender) REQUIRE(following.hold(kLast, 6, sender));
  CHECK_FALSE(following.hold(kSecond, 6));
  CHECK(following.released().size() == 2);
}

TEST_CASE("what was taken out can leave later, as it was decided") {
  Following following;
  REQUIRE(following.hold(kLast));
  const auto datagram = following.note(kFirst).datagram;
  auto packet = following.store.take_waiting(datagram);
  REQUIRE(packet.has_value());
  packet->drop(DropReason::no_route);
  following.store.leave(*packet);
  CHECK(following.store.held() == 1);
  CHECK(following.released() == std::vector{DropReason::no_route});
  CHECK(following.store.held() == 0);
}
