#include "switching/frozen_map.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

namespace encluster::switching {
namespace {

TEST_CASE("An empty frozen map finds nothing") {
  const FrozenMap<int> map;
  CHECK(map.find(0) == nullptr);
  CHECK(map.find(0xffffffff) == nullptr);
}

TEST_CASE("A frozen map tells the smallest and the largest key from a free slot") {
  const FrozenMap<int> map({{0, 1}, {0xffffffff, 2}});
  REQUIRE(map.find(0) != nullptr);
  CHECK(*map.find(0) == 1);
  REQUIRE(map.find(0xffffffff) != nullptr);
  CHECK(*map.find(0xffffffff) == 2);
  CHECK(map.find(1) == nullptr);
}

TEST_CASE("Of two items with one key the first wins") {
  const FrozenMap<int> map({{7, 1}, {7, 2}});
  CHECK(*map.find(7) == 1);
}

TEST_CASE("A frozen map agrees with std::map, whatever the keys have in common") {
  std::mt19937 random(1);
  for (const unsigned stride : {1u, 2u, 255u, 256u, 65536u, 0x9e3779b1u}) {
    for (const unsigned size : {1u, 2u, 3u, 100u, 5000u}) {
      std::vector<FrozenMap<unsigned>::Item> items;
      for (unsigned i = 0; i < size; ++i) items.emplace_back(i * stride, i);
      const std::map<std::uint32_t, unsigned> reference(items.begin(), items.end());
      const FrozenMap<unsigned> map(items);
      for (unsigned i = 0; i < 2 * size + 1000; ++i) {
        const auto key = i < 2 * size ? i * stride : static_cast<std::uint32_t>(random());
        const auto expected = reference.find(key);
        const unsigned* found = map.find(key);
        REQUIRE((found != nullptr) == (expected != reference.end()));
        if (found != nullptr) REQUIRE(*found == expected->second);
      }
    }
  }
}

}  // namespace
}  // namespace encluster::switching
