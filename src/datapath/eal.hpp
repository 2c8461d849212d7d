// DPDK's environment: memory, processors, drivers.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encluster/types.hpp"

namespace encluster::datapath {

struct EalSettings {
  bool hugepages = false;         ///< faster; they have to be reserved. Without: ordinary memory
  std::uint32_t megabytes = 256;  ///< for packet buffers and the devices' rings
  std::uint32_t workers = 1;      ///< a thread each
  /// Where each worker runs, one number a worker. Empty: wherever the process may. The control
  /// thread (the caller), and threads that it starts, leave these processors to the workers, unless
  /// there are no others.
  std::vector<std::uint32_t> worker_cpus;
  /// Devices that will be opened. Of all PCI devices only those named here are touched.
  std::vector<std::string> devices;
  std::FILE* log = nullptr;  ///< receives DPDK's own messages; null: standard error. Outlives Eal
};

/// Is the device string a PCI address (as in "0000:03:00.0" or "03:00.0,argument=1")?
[[nodiscard]] bool is_pci_address(std::string_view device);

/// DPDK's command line for these settings.
/// @param usable processors that the process may run on
[[nodiscard]] std::vector<std::string> eal_arguments(const EalSettings& settings,
                                                     std::span<const std::uint32_t> usable);

/// The environment while this object lives. One per process, ever: DPDK cannot start twice. Made
/// and destroyed by the control thread, which becomes DPDK's main lcore; each worker gets a thread.
///
/// Leaves nothing on disk but DPDK's empty runtime directory, however the process ends.
class Eal {
 public:
  /// @throws DatapathError
  explicit Eal(const EalSettings& settings);
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;
  /// @pre every worker has returned, every device is closed.
  ~Eal();
};

/// DPDK's number for a worker's thread.
[[nodiscard]] constexpr unsigned lcore_of(WorkerId worker) noexcept { return worker + 1U; }

}  // namespace encluster::datapath
