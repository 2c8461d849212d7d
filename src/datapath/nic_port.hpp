// One network device, driven by DPDK.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "encluster/types.hpp"

struct rte_mbuf;

namespace encluster::datapath {

class MbufPool;

struct DeviceSettings {
  std::string device;  ///< a PCI address, or a DPDK vdev string such as "net_af_packet0,iface=a"
  std::uint16_t mtu = 1500;  ///< bytes of IP
  std::uint16_t vlan = 0;    ///< whose tag all frames carry on the wire; 0: none
};

/// What the device counts itself, since it was started.
struct DeviceStatistics {
  std::uint64_t missed = 0;           ///< received, but the worker was too slow to fetch them
  std::uint64_t no_buffer = 0;        ///< received, but the packet pool was empty
  std::uint64_t receive_errors = 0;   ///< broken frames
  std::uint64_t transmit_errors = 0;  ///< frames that could not be sent
};

struct Link {
  bool up = false;
  std::uint32_t megabits_per_second = 0;  ///< 0 where the device does not tell
};

/// Opens, configures and closes a device. Queue n belongs to worker n: receive() and send() are
/// that worker's; everything else is the control thread's.
class NicPort {
 public:
  /// Leaves the device configured, with one queue a worker in each direction, but not started.
  /// @param pool buffers for received frames; outlives the device
  /// @throws DatapathError
  NicPort(const DeviceSettings& settings, std::uint16_t workers, MbufPool& pool);
  NicPort(const NicPort&) = delete;
  NicPort& operator=(const NicPort&) = delete;
  /// Stops and closes the device. @pre no worker uses it.
  ~NicPort();

  /// @throws DatapathError
  void start();
  void stop() noexcept;

  [[nodiscard]] const MacAddress& mac() const noexcept { return mac_; }
  [[nodiscard]] std::uint16_t mtu() const noexcept { return mtu_; }
  [[nodiscard]] std::uint16_t vlan() const noexcept { return vlan_; }
  /// The longest frame, in bytes without tag and FCS.
  [[nodiscard]] std::uint32_t max_frame() const noexcept { return mtu_ + 14U; }
  [[nodiscard]] Link link() const noexcept;
  [[nodiscard]] DeviceStatistics statistics() const noexcept;

  /// Fills the first elements of `buffers` with received frames, and says how many.
  [[nodiscard]] std::uint16_t receive(WorkerId queue, std::span<rte_mbuf*> buffers) noexcept;
  /// Gives frames to the device, which owns the first of them afterwards: as many as it says.
  [[nodiscard]] std::uint16_t send(WorkerId queue, std::span<rte_mbuf*> buffers) noexcept;

 private:
  void configure(std::uint16_t workers, MbufPool& pool);
  void set_up_queues(std::uint16_t workers, MbufPool& pool);

  std::string device_;  ///< as configured, for error texts
  std::uint16_t id_;    ///< DPDK's port number
  std::uint16_t mtu_;
  std::uint16_t vlan_;
  MacAddress mac_{};
};

/// Descriptors of each receive and each transmit queue, if the device allows it.
inline constexpr std::uint16_t kQueueDescriptors = 1024;

}  // namespace encluster::datapath
