// DPDK, the packet buffers and the devices: what has to be there before anything else can be
// configured, because the TAPs and the first snapshot need the devices' MAC addresses.
#pragma once

#include <cstdint>
#include <vector>

#include "datapath/eal.hpp"
#include "datapath/mbuf_pool.hpp"
#include "datapath/nic_port.hpp"
#include "datapath/ports.hpp"
#include "encluster/packet.hpp"

namespace encluster::datapath {

struct DevicesSettings {
  EalSettings eal;                       ///< `devices` may be left empty
  std::vector<DeviceSettings> networks;  ///< index: NetworkIndex; at most kMaxNetworks
  DeviceSettings interconnect;
};

/// Packet buffers that suffice when every queue and ring is full.
[[nodiscard]] std::uint32_t buffers_needed(std::size_t devices, std::uint32_t workers) noexcept;

/// Made and destroyed by the control thread. Devices are configured, but don't yet receive: the
/// Engine starts them.
class Devices {
 public:
  /// @throws DatapathError
  explicit Devices(const DevicesSettings& settings);

  [[nodiscard]] const MacAddress& mac(Egress device) const { return ports_.at(device).mac(); }
  [[nodiscard]] std::uint16_t mtu(Egress device) const { return ports_.at(device).mtu(); }
  [[nodiscard]] Link link(Egress device) const { return ports_.at(device).link(); }
  /// Known once the Engine has started the devices.
  [[nodiscard]] const DeviceSteering& steering(Egress device) const {
    return ports_.at(device).steering();
  }
  [[nodiscard]] DeviceStatistics statistics(Egress device) const {
    return ports_.at(device).statistics();
  }

  [[nodiscard]] std::uint32_t buffers() const noexcept { return pool_.size(); }
  /// Approximate while packets flow.
  [[nodiscard]] std::uint32_t buffers_in_use() const noexcept { return pool_.in_use(); }

  [[nodiscard]] MbufPool& pool() noexcept { return pool_; }
  [[nodiscard]] Ports& ports() noexcept { return ports_; }

 private:
  Eal eal_;
  MbufPool pool_;
  Ports ports_;
};

}  // namespace encluster::datapath
