// One network device, driven by DPDK.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "datapath/rss.hpp"
#include "encluster/types.hpp"

struct rte_eth_dev_info;
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

/// Which worker serves which queue.
struct QueueLayout {
  std::uint16_t workers = 1;
  RemoteField remote = RemoteField::source;
  /// Who polls the first receive queue of a device that has fewer of them than there are workers.
  std::uint16_t first = 0;
};

/// How a device's frames find the worker that owns their remote. The software verifies all of them
/// in any case where there are several workers.
struct DeviceSteering {
  bool rss = false;     ///< the device does it; otherwise workers hand frames over
  std::string problem;  ///< why the device does not, as a sentence
};

struct Link {
  bool up = false;
  std::uint32_t megabits_per_second = 0;  ///< 0 where the device does not tell
};

/// Opens, configures and closes a device. receive() and send() are the workers'; everything else is
/// the control thread's.
class NicPort {
 public:
  /// Leaves the device configured, but not started: with as many transmit and receive
  /// queues as it has, up to one a worker.
  /// @param pool buffers for received frames; outlives the device
  /// @throws DatapathError
  NicPort(const DeviceSettings& settings, const QueueLayout& layout, MbufPool& pool);
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
  /// Final once the device is started.
  [[nodiscard]] const DeviceSteering& steering() const noexcept { return steering_; }

  /// The receive queue that a worker polls; nothing where there are too few for it.
  [[nodiscard]] std::optional<std::uint16_t> receive_queue_of(WorkerId worker) const noexcept;

  /// Fills the first elements of `buffers` with received frames, and says how many.
  [[nodiscard]] std::uint16_t receive(std::uint16_t queue, std::span<rte_mbuf*> buffers) noexcept;
  /// Gives frames to the device, which owns the first of them afterwards: as many as it says. Where
  /// the device has too few queues, workers share one, and wait for each other.
  [[nodiscard]] std::uint16_t send(WorkerId worker, std::span<rte_mbuf*> buffers) noexcept;

 private:
  void configure(MbufPool& pool);
  void choose_queues(const rte_eth_dev_info& info);
  void set_up_queues(MbufPool& pool);
  void set_up_rss();

  std::string device_;  ///< as configured, for error texts
  std::uint16_t id_;    ///< DPDK's port number
  std::uint16_t mtu_;
  std::uint16_t vlan_;
  QueueLayout layout_;
  std::uint16_t receive_queues_ = 1;
  std::uint16_t transmit_queues_ = 1;
  std::unique_ptr<std::mutex[]> transmit_locks_;  ///< of shared queues; null if none is shared
  std::optional<RssPlan> rss_;                    ///< what the device was configured with
  DeviceSteering steering_;
  MacAddress mac_{};
};

/// Descriptors of each receive and each transmit queue, if the device allows it.
inline constexpr std::uint16_t kQueueDescriptors = 1024;

/// The device string with what DPDK has to know of the number of workers: af_packet, a driver for
/// Linux interfaces, makes as many queues as its argument `qpairs` says.
/// @throws DatapathError if the string says something else itself
[[nodiscard]] std::string with_queues(const std::string& device, std::uint16_t workers);

}  // namespace encluster::datapath
