// One DPDK environment and two devices for all tests of the program: DPDK cannot start twice.
#pragma once

#include <cstdint>

#include "datapath/devices.hpp"

namespace encluster::datapath {

inline constexpr const char* kNetworkDevice = "net_ring0";
inline constexpr const char* kInterconnectDevice = "net_ring1";

/// Starts DPDK at the first call: no root, no hugepages, no PCI, no files.
[[nodiscard]] Devices& test_devices();

/// One pool for all tests, which give back every buffer they take.
[[nodiscard]] MbufPool& test_pool();

/// The test devices, started while this object lives.
class StartedPorts {
 public:
  StartedPorts();
  StartedPorts(const StartedPorts&) = delete;
  StartedPorts& operator=(const StartedPorts&) = delete;
  ~StartedPorts();
};

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
