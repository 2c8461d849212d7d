#include "datapath/huge_memory.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace encluster::datapath {

namespace {

constexpr std::size_t kPage = std::size_t{2} << 20;

constexpr bool is_large(std::size_t bytes) { return bytes >= kPage / 2; }

constexpr std::size_t round_up(std::size_t bytes) { return (bytes + kPage - 1) & ~(kPage - 1); }

}  // namespace

void* HugeMemory::do_allocate(std::size_t bytes, std::size_t alignment) {
  if (!is_large(bytes) || alignment > kPage) {
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  // The kernel aligns mappings to small pages only: map a page too much, give the ends back.
  const std::size_t size = round_up(bytes);
  void* const mapping =
      mmap(nullptr, size + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<std::byte*>(mapping);
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) & (kPage - 1);
  std::byte* const block = begin + before;
  if (before != 0) munmap(begin, before);
  munmap(block + size, kPage - before);
  madvise(block, size, MADV_HUGEPAGE);  // advice: where it is refused, small pages do
  return block;
}

void HugeMemory::do_deallocate(void* block, std::size_t bytes, std::size_t alignment) {
  if (!is_large(bytes) || alignment > kPage) {
    std::pmr::new_delete_resource()->deallocate(block, bytes, alignment);
    return;
  }
  munmap(block, round_up(bytes));
}

bool HugeMemory::do_is_equal(const memory_resource& other) const noexcept {
  return dynamic_cast<const HugeMemory*>(&other) != nullptr;
}

}  // namespace encluster::datapath
