// Memory for large tables that are hit at random.
#pragma once

#include <cstddef>
#include <memory_resource>

namespace encluster::datapath {

/// Gives large blocks in pages of 2 MiB where the kernel has them to spare (transparent huge
/// pages), in ordinary ones otherwise: a table of a million connections then needs 14 entries of
/// the TLB instead of 7000. Needs no reserved hugepages. Small blocks come from the heap.
/// Stateless: any thread.
class HugeMemory final : public std::pmr::memory_resource {
 private:
  /// @throws std::bad_alloc
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* block, std::size_t bytes, std::size_t alignment) override;
  [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override;
};

}  // namespace encluster::datapath
