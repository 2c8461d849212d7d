#include "datapath/huge_memory.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <vector>

namespace encluster::datapath {
namespace {

constexpr std::size_t kPage = std::size_t{2} << 20;

TEST_CASE("large blocks begin at a huge page, are empty and can be written whole") {
  HugeMemory memory;
  for (const std::size_t bytes : {kPage / 2, kPage - 1, kPage, kPage + 1, 5 * kPage}) {
    auto* const block = static_cast<unsigned char*>(memory.allocate(bytes, 64));
    CHECK(reinterpret_cast<std::uintptr_t>(block) % kPage == 0);
    CHECK(block[0] == 0);
    CHECK(block[bytes - 1] == 0);
    std::memset(block, 0xff, bytes);
    memory.deallocate(block, bytes, 64);
  }
}

TEST_CASE("small blocks come from the heap, aligned as asked") {
  HugeMemory memory;
  for (const std::size_t alignment : {1U, 8U, 64U, 4096U}) {
    void* const block = memory.allocate(100, alignment);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % alignment == 0);
    memory.deallocate(block, 100, alignment);
  }
}

TEST_CASE("a container may live in it and grow") {
  HugeMemory memory;
  std::pmr::vector<std::uint64_t> numbers(&memory);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) numbers.push_back(i);
  CHECK(numbers[999'999] == 999'999);
  CHECK(memory == HugeMemory());
}

}  // namespace
}  // namespace encluster::datapath
