#include "rcu/ring.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

namespace encluster::rcu {
namespace {

TEST_CASE("a ring gives items back in their order") {
  Ring<int> ring(4);
  CHECK(ring.empty());
  CHECK(ring.push(1));
  CHECK(ring.push(2));
  CHECK_FALSE(ring.empty());
  CHECK(ring.pop() == std::optional<int>(1));
  CHECK(ring.pop() == std::optional<int>(2));
  CHECK(ring.pop() == std::nullopt);
}

TEST_CASE("a ring holds exactly its capacity") {
  Ring<int> ring(3);
  CHECK(ring.capacity() == 3);
  for (int round = 0; round < 10; ++round) {
    CHECK(ring.room() == 3);
    for (int i = 0; i < 3; ++i) CHECK(ring.push(i));
    CHECK(ring.room() == 0);
    CHECK_FALSE(ring.push(3));
    for (int i = 0; i < 3; ++i) CHECK(ring.pop() == std::optional<int>(i));
  }
}

TEST_CASE("a ring takes as much of a burst as it has room for") {
  Ring<int> ring(5);
  const std::array<int, 4> burst{1, 2, 3, 4};
  CHECK(ring.push(burst) == 4);
  CHECK(ring.push(burst) == 1);
  CHECK(ring.push(burst) == 0);
  std::array<int, 8> taken{};
  CHECK(ring.pop(taken) == 5);
  CHECK(taken == std::array<int, 8>{1, 2, 3, 4, 1, 0, 0, 0});
  CHECK(ring.pop(taken) == 0);
}

TEST_CASE("a ring between two threads loses, repeats and reorders nothing") {
  constexpr std::uint32_t kItems = 200'000;
  Ring<std::uint32_t> ring(64);
  std::thread producer([&ring] {
    std::array<std::uint32_t, 7> burst{};
    for (std::uint32_t next = 0; next < kItems;) {
      std::size_t filled = 0;
      while (filled < burst.size() && next + filled < kItems) {
        burst[filled] = next + static_cast<std::uint32_t>(filled);
        ++filled;
      }
      const std::size_t pushed = ring.push(std::span(burst).first(filled));
      next += static_cast<std::uint32_t>(pushed);
      if (pushed == 0) std::this_thread::yield();
    }
  });
  std::uint32_t expected = 0;
  std::uint32_t wrong = 0;
  std::array<std::uint32_t, 5> burst{};
  while (expected < kItems) {
    const std::size_t taken = ring.pop(burst);
    for (std::size_t i = 0; i < taken; ++i) wrong += burst[i] == expected++ ? 0 : 1;
    if (taken == 0) std::this_thread::yield();
  }
  producer.join();
  CHECK(wrong == 0);
  CHECK(ring.empty());
}

}  // namespace
}  // namespace encluster::rcu
