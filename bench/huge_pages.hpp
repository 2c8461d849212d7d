// Memory in transparent huge pages, as a stand-in for the data path's: small blocks are the heap's.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory_resource>
#include <new>

namespace encluster::bench {

class HugePages : public std::pmr::memory_resource {
 private:
  static constexpr std::size_t kPageBytes = std::size_t{2} << 20;

  static constexpr bool is_large(std::size_t bytes) { return bytes >= kPageBytes / 2; }

  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (!is_large(bytes)) return std::pmr::new_delete_resource()->allocate(bytes, alignment);
    const std::size_t whole = (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
    void* memory = std::aligned_alloc(kPageBytes, whole);
    if (memory == nullptr) throw std::bad_alloc();
    // A kernel without huge pages refuses the advice; the memory serves all the same.
    static_cast<void>(::madvise(memory, whole, MADV_HUGEPAGE));
    return memory;
  }
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
    if (is_large(bytes)) return std::free(memory);
    std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
  }
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace encluster::bench
