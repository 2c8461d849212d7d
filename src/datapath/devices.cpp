#include "datapath/devices.hpp"

#include <algorithm>
#include <memory>

#include "datapath/burst.hpp"
#include "datapath/handoff.hpp"
#include "datapath/local_path.hpp"
#include "switching/emitter.hpp"
#include "switching/fragment_store.hpp"
#include "switching/hold.hpp"
#include "switching/parked.hpp"

namespace encluster::datapath {

namespace {

EalSettings with_devices(const DevicesSettings& settings) {
  EalSettings eal = settings.eal;
  for (const DeviceSettings& network : settings.networks) eal.devices.push_back(network.device);
  eal.devices.push_back(settings.interconnect.device);
  return eal;
}

std::uint16_t largest_mtu(const DevicesSettings& settings) {
  std::uint16_t mtu = settings.interconnect.mtu;
  for (const DeviceSettings& network : settings.networks) mtu = std::max(mtu, network.mtu);
  return mtu;
}

BufferLayout layout_for(const DevicesSettings& settings) {
  const auto is_af_xdp = [](const DeviceSettings& device) {
    return device.device.starts_with("net_af_xdp");
  };
  return is_af_xdp(settings.interconnect) || std::ranges::any_of(settings.networks, is_af_xdp)
             ? BufferLayout::pages
             : BufferLayout::spread;
}

Ports open_ports(const DevicesSettings& settings, MbufPool& pool) {
  const auto workers = static_cast<std::uint16_t>(settings.eal.workers);
  std::uint16_t opened = 0;
  const auto open = [&](const DeviceSettings& device, RemoteField remote) {
    const auto first = static_cast<std::uint16_t>(opened++ % workers);
    return std::make_unique<NicPort>(device, QueueLayout{workers, remote, first}, pool);
  };
  Ports ports;
  for (const DeviceSettings& network : settings.networks) {
    ports.networks.push_back(open(network, RemoteField::source));
  }
  ports.interconnect = open(settings.interconnect, RemoteField::destination);
  return ports;
}

}  // namespace

std::uint32_t buffers_needed(std::size_t devices, std::uint32_t workers) noexcept {
  constexpr std::size_t kQueues = 2 * kQueueDescriptors + kBurst;
  constexpr std::size_t kLocal = 2 * LocalPath::kFrames;
  constexpr std::size_t kHeld = switching::Hold::kNextHops * switching::Hold::kPackets +
                                switching::Parked::kCapacity + switching::FragmentLimits{}.waiting;
  constexpr std::size_t kEmitted = switching::Emitter::kCapacity;
  // Free, but in the hands of one thread: a worker, the pump or the control thread.
  constexpr std::size_t kCache = MbufPool::kCache * 3 / 2;
  return static_cast<std::uint32_t>(workers * (devices * kQueues + kLocal + kHeld + kEmitted) +
                                    Handoff::total_frames(workers) + (workers + 2) * kCache);
}

Devices::Devices(const DevicesSettings& settings)
    : eal_(with_devices(settings)),
      pool_(buffers_needed(settings.networks.size() + 1, settings.eal.workers),
            largest_mtu(settings), layout_for(settings)),
      ports_(open_ports(settings, pool_)) {}

}  // namespace encluster::datapath
