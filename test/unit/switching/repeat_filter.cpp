#include "switching/repeat_filter.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace encluster::switching {

namespace {

RepeatFilter filter_of(std::uint32_t cells) { return {cells, std::pmr::get_default_resource()}; }

/// How many hashes that were never asked about are taken for old ones, in a filter that has been
/// asked about `count` others within a generation.
double mistakes(std::uint32_t cells, std::uint32_t count) {
  RepeatFilter filter = filter_of(cells);
  std::mt19937_64 random(1);
  for (std::uint32_t i = 0; i < count; ++i) static_cast<void>(filter.is_repeated(random(), 1000));
  constexpr int kAsked = 1000;
  int wrong = 0;
  for (int i = 0; i < kAsked; ++i) wrong += filter.is_repeated(random(), 1000) ? 1 : 0;
  return double{1} * wrong / kAsked;
}

}  // namespace

TEST_CASE("a hash is new the first time, and repeated from then on") {
  RepeatFilter filter = filter_of(1024);
  CHECK_FALSE(filter.is_repeated(0x123456789abcdef0, 1000));
  CHECK(filter.is_repeated(0x123456789abcdef0, 1000));
  CHECK(filter.is_repeated(0x123456789abcdef0, 1001));
}

TEST_CASE("a hash is remembered for four seconds, whenever it came, and not for nine") {
  for (Seconds first = 0; first < 600; ++first) {
    for (Seconds later = 0; later <= 4; ++later) {
      RepeatFilter filter = filter_of(1);
      static_cast<void>(filter.is_repeated(7, first));
      CHECK(filter.is_repeated(7, first + later));
    }
    RepeatFilter filter = filter_of(1);
    static_cast<void>(filter.is_repeated(7, first));
    CHECK_FALSE(filter.is_repeated(7, first + 9));
  }
}

TEST_CASE("of a million hashes none is forgotten within four seconds") {
  RepeatFilter filter = filter_of(1u << 16);
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> hashes(1'000'000);
  for (auto& hash : hashes) hash = random();
  for (const std::uint64_t hash : hashes) static_cast<void>(filter.is_repeated(hash, 1003));
  int forgotten = 0;
  for (const std::uint64_t hash : hashes) forgotten += filter.is_repeated(hash, 1007) ? 0 : 1;
  CHECK(forgotten == 0);
}

TEST_CASE("few hashes are taken for old ones at four a cell, most at a hundred") {
  CHECK(mistakes(1u << 14, 4u << 14) < 0.03);
  CHECK(mistakes(1u << 14, 100u << 14) > 0.9);
}

TEST_CASE("a filter that overflowed is as good as new eight seconds later") {
  RepeatFilter filter = filter_of(256);
  std::mt19937_64 random(3);
  for (int i = 0; i < 100000; ++i) static_cast<void>(filter.is_repeated(random(), 1000));
  int wrong = 0;
  for (int i = 0; i < 256; ++i) wrong += filter.is_repeated(random(), 1008) ? 1 : 0;
  CHECK(wrong < 5);
}

}  // namespace encluster::switching
