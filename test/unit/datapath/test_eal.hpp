// One DPDK environment for all tests of the program: it cannot be started twice.
#pragma once

#include "datapath/mbuf_pool.hpp"

namespace encluster::datapath {

/// Starts DPDK at the first call: no root, no hugepages, no PCI, nothing on disk.
void start_test_eal();

/// One pool for all tests, which give back every buffer they take.
[[nodiscard]] MbufPool& test_pool();

/// Fails the test at the end of its scope if buffers are missing from the pool.
class NoBufferLost {
 public:
  NoBufferLost();
  NoBufferLost(const NoBufferLost&) = delete;
  NoBufferLost& operator=(const NoBufferLost&) = delete;
  ~NoBufferLost();

 private:
  std::uint32_t before_;
};

}  // namespace encluster::datapath
