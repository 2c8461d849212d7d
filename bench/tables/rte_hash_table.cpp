#include "rte_hash_table.hpp"

#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_malloc.h>
#include <sched.h>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>
#include <vector>

#include "entries.hpp"

namespace encluster::bench {

namespace {

constexpr const char* kHeap = "bench";
constexpr std::size_t kPage = std::size_t{2} << 20;

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(fmt::format("{}: {}", what, rte_strerror(rte_errno)));
}

void start_dpdk() {
  // Without hugepages DPDK 22.11 refuses --in-memory; --no-shconf leaves no files behind either.
  std::vector<std::string> arguments{"bench_tables",
                                     "--no-telemetry",
                                     "--log-level=error",
                                     "--no-huge",
                                     "--no-shconf",
                                     "--no-pci",
                                     "-m",
                                     "16",
                                     "--lcores"};
  arguments.push_back(fmt::format("0@{}", sched_getcpu()));
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  require(rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0, "DPDK does not start");
}

}  // namespace

HashMemory::HashMemory(std::size_t bytes, std::pmr::memory_resource* memory)
    : bytes_((bytes + kPage - 1) / kPage * kPage), memory_(memory) {
  start_dpdk();
  block_ = memory_->allocate(bytes_, kPage);
  require(rte_malloc_heap_create(kHeap) == 0 &&
              rte_malloc_heap_memory_add(kHeap, block_, bytes_, nullptr,
                                         static_cast<unsigned>(bytes_ / kPage), kPage) == 0,
          "DPDK does not take the memory");
  socket_ = rte_malloc_heap_get_socket(kHeap);
}

HashMemory::~HashMemory() {
  rte_malloc_heap_memory_remove(kHeap, block_, bytes_);
  rte_malloc_heap_destroy(kHeap);
  rte_eal_cleanup();
  memory_->deallocate(block_, bytes_, kPage);
}

std::size_t HashMemory::bytes_in_use() const {
  rte_malloc_socket_stats stats{};
  require(rte_malloc_get_socket_stats(socket_, &stats) == 0, "DPDK's memory");
  return stats.heap_allocsz_bytes;
}

RteHashTable::RteHashTable(std::uint32_t capacity, const HashMemory& memory) {
  rte_hash_parameters parameters{};
  parameters.name = "bench";
  parameters.entries = capacity + capacity / 8;
  parameters.key_len = sizeof(HashKey);
  parameters.socket_id = memory.socket();
  parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
  hash_ = rte_hash_create(&parameters);
  require(hash_ != nullptr, "rte_hash_create");
}

RteHashTable::~RteHashTable() { rte_hash_free(hash_); }

void RteHashTable::look_up(std::span<const HashKey> keys,
                           std::span<std::uint32_t> numbers) noexcept {
  for (; !keys.empty(); keys = keys.subspan(std::min(keys.size(), kBurst))) {
    const std::size_t count = std::min(keys.size(), kBurst);
    std::array<const void*, kBurst> pointers;
    for (std::size_t i = 0; i < count; ++i) pointers[i] = &keys[i];
    std::array<void*, kBurst> data;
    std::uint64_t found = 0;
    rte_hash_lookup_bulk_data(hash_, pointers.data(), static_cast<std::uint32_t>(count), &found,
                              data.data());
    for (std::size_t i = 0; i < count; ++i) {
      const bool hit = (found >> i & 1) != 0;
      numbers[i] =
          hit ? static_cast<std::uint32_t>(std::bit_cast<std::uintptr_t>(data[i])) : kNothing;
    }
    numbers = numbers.subspan(count);
  }
}

void RteHashTable::insert(std::span<const HashKey> burst, std::uint32_t first_number) noexcept {
  for (const HashKey& key : burst) {
    void* number = std::bit_cast<void*>(std::uintptr_t{first_number++});
    if (rte_hash_add_key_data(hash_, &key, number) == 0) ++size_;
  }
}

void RteHashTable::erase(const HashKey& key) noexcept {
  const std::int32_t position = rte_hash_del_key(hash_, &key);
  if (position < 0) return;
  // Nobody else reads: the position may be used again at once.
  rte_hash_free_key_with_position(hash_, position);
  --size_;
}

}  // namespace encluster::bench
