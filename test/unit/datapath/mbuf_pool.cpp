#include "datapath/mbuf_pool.hpp"

#include <rte_mbuf.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "datapath/error.hpp"
#include "test_eal.hpp"

namespace encluster::datapath {
namespace {

void give_back(const Packet& packet) { rte_pktmbuf_free(static_cast<rte_mbuf*>(packet.handle)); }

TEST_CASE("a buffer holds a whole frame at the MTU") {
  const NoBufferLost checked;
  Packet packet;
  REQUIRE(test_pool().allocate(packet, 1518));
  CHECK(packet.frame != nullptr);
  CHECK(packet.capacity >= 1518);
  CHECK(packet.length == 0);
  give_back(packet);
}

TEST_CASE("the pool refuses a frame longer than a buffer") {
  const NoBufferLost checked;
  Packet packet;
  CHECK_FALSE(test_pool().allocate(packet, 60000));
}

TEST_CASE("an empty pool refuses, and knows how many buffers are in use") {
  MbufPool& pool = test_pool();
  const std::uint32_t before = pool.in_use();
  std::vector<Packet> packets;
  for (Packet packet; pool.allocate(packet, 64);) packets.push_back(packet);
  CHECK(packets.size() <= pool.size() - before);  // other threads may have some in their caches
  CHECK(pool.in_use() == before + packets.size());
  for (const Packet& packet : packets) give_back(packet);
  CHECK(pool.in_use() == before);
}

TEST_CASE("buffers of a page each lie one behind the other, without a gap") {
  static_cast<void>(test_devices());
  MbufPool pool(1000, 1500, BufferLayout::pages);
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  std::vector<Packet> packets;
  for (Packet packet; pool.allocate(packet, 1518);) packets.push_back(packet);
  REQUIRE(packets.size() == 1000);
  std::vector<std::uintptr_t> places;
  for (const Packet& packet : packets) {
    places.push_back(reinterpret_cast<std::uintptr_t>(packet.handle));
    give_back(packet);
  }
  std::ranges::sort(places);
  CHECK(places.back() - places.front() == 999 * page);
}

TEST_CASE("a page that is too small for a frame is refused with advice") {
  static_cast<void>(test_devices());
  CHECK_THROWS_WITH(MbufPool(100, 9000, BufferLayout::pages), Catch::Contains("MTU above 2980"));
}

TEST_CASE("a pool larger than the memory is refused with advice") {
  static_cast<void>(test_devices());
  CHECK_THROWS_WITH(MbufPool(10'000'000, 1500), Catch::Contains("10000000 packet buffers") &&
                                                    Catch::Contains("raise memory.megabytes"));
}

}  // namespace
}  // namespace encluster::datapath
