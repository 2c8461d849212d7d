#include "switching/hold.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "net/headers.hpp"
#include "support/heap_pool.hpp"
#include "support/packet_builder.hpp"

using namespace encluster;
using namespace encluster::switching;
using namespace encluster::test;

namespace {

constexpr MacAddress kOwn{2, 0, 0, 0, 0, 1};
constexpr MacAddress kNeighbour{2, 0, 0, 0, 0, 2};

Ipv4Address host(std::uint32_t number) { return Ipv4Address(0xc0000200 + number); }

/// Packets that wait, and where they go on.
struct Waiting {
  Hold::Added add(std::uint32_t to, Egress egress = 0, Seconds now = 100) {
    frames.push_back(
        std::make_unique<Frame>(tcp().from(host(1), 1).to(host(to), 2).seq(++added).syn().build()));
    Packet packet = parsed(*frames.back());
    packet.egress = egress;
    packet.next_hop = host(to);
    packet.verdict = Verdict::hold;
    return hold.add(packet, now);
  }
  std::span<Packet> release(const Snapshot& snapshot, Seconds now = 100) {
    emitter.clear();
    hold.release(snapshot, now, emitter);
    return emitter.packets();
  }

  Hold hold;
  HeapPool pool{0};
  Emitter emitter{pool};
  std::vector<std::unique_ptr<Frame>> frames;
  std::uint32_t added = 0;
};

/// A snapshot of one network, on which `known` are resolved.
Snapshot knowing(const std::set<std::uint32_t>& known) {
  Snapshot snapshot;
  snapshot.networks.push_back({"campus", {host(1), 24}, kOwn});
  std::vector<FrozenMap<MacAddress>::Item> items;
  for (const std::uint32_t number : known) items.emplace_back(host(number).value(), kNeighbour);
  snapshot.neighbours[0] = FrozenMap<MacAddress>(items);
  return snapshot;
}

}  // namespace

TEST_CASE("the first packet to a next hop says that the kernel has to be asked") {
  Waiting waiting;
  CHECK(waiting.add(7) == Hold::Added::first);
  CHECK(waiting.add(7) == Hold::Added::more);
  CHECK(waiting.add(8) == Hold::Added::first);
  CHECK(waiting.add(7, kInterconnect) == Hold::Added::first);
  CHECK(waiting.hold.size() == 4);
}

TEST_CASE("eight packets wait for a next hop, not nine") {
  Waiting waiting;
  for (std::size_t i = 0; i < Hold::kPackets; ++i) {
    CHECK(waiting.add(7) != Hold::Added::full);
  }
  CHECK(waiting.add(7) == Hold::Added::full);
  CHECK(waiting.add(8) == Hold::Added::first);
  CHECK(waiting.hold.size() == Hold::kPackets + 1);
}

TEST_CASE("packets wait for 64 next hops, not 65") {
  Waiting waiting;
  for (std::uint32_t i = 0; i < Hold::kNextHops; ++i) {
    REQUIRE(waiting.add(i + 2) == Hold::Added::first);
  }
  CHECK(waiting.add(200) == Hold::Added::full);
  CHECK(waiting.add(2) == Hold::Added::more);
}

TEST_CASE("while nothing is resolved the packets wait") {
  Waiting waiting;
  waiting.add(7);
  CHECK(waiting.release(knowing({})).empty());
  CHECK(waiting.release(knowing({8}), 101).empty());
  CHECK(waiting.hold.size() == 1);
}

TEST_CASE("once the next hop is resolved its packets leave in order, with MAC addresses") {
  Waiting waiting;
  for (int i = 0; i < 3; ++i) waiting.add(7);
  waiting.add(8);
  const auto released = waiting.release(knowing({7}));
  REQUIRE(released.size() == 3);
  std::uint32_t sequence = 0;
  for (const Packet& packet : released) {
    CHECK(packet.verdict == Verdict::forward);
    CHECK(packet.header_at<net::TcpHeader>(packet.l4).sequence.host() == ++sequence);
    CHECK(packet.header_at<net::EthernetHeader>(0).source == kOwn);
    CHECK(packet.header_at<net::EthernetHeader>(0).destination == kNeighbour);
  }
  CHECK(waiting.hold.size() == 1);
}

TEST_CASE("packets that waited in vain are dropped by name after one second at least") {
  Waiting waiting;
  waiting.add(7);
  waiting.add(7, 0, 101);
  CHECK(waiting.release(knowing({}), 101).empty());
  const auto released = waiting.release(knowing({}), 102);
  REQUIRE(released.size() == 2);
  CHECK(released[0].verdict == Verdict::drop);
  CHECK(released[0].reason == DropReason::unresolved);
  CHECK(waiting.hold.size() == 0);
  CHECK(waiting.add(7) == Hold::Added::first);
}

TEST_CASE("what the emitter has no room for stays") {
  Waiting waiting;
  std::set<std::uint32_t> known;
  for (std::uint32_t hop = 2; hop < 2 + Hold::kNextHops; ++hop) {
    known.insert(hop);
    for (std::size_t i = 0; i < Hold::kPackets; ++i) waiting.add(hop);
  }
  constexpr std::size_t kAll = Hold::kNextHops * Hold::kPackets;
  CHECK(waiting.release(knowing(known)).size() == Emitter::kCapacity);
  CHECK(waiting.hold.size() == kAll - Emitter::kCapacity);
  CHECK(waiting.release(knowing(known)).size() == kAll - Emitter::kCapacity);
  CHECK(waiting.release(knowing(known)).empty());
}
