#include "datapath/nic_port.hpp"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <string_view>

#include "datapath/error.hpp"
#include "datapath/frame_room.hpp"
#include "datapath/mbuf_pool.hpp"
#include "datapath/vlan.hpp"

namespace encluster::datapath {

namespace {

/// Of what a device can do for us, what we make use of: checking IP headers, taking tags off where
/// all frames have one, and freeing sent buffers in bulk (they all come from one pool and have one
/// owner).
std::uint64_t receive_offloads(std::uint16_t vlan) {
  return RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | (vlan != kUntagged ? RTE_ETH_RX_OFFLOAD_VLAN_STRIP : 0);
}
constexpr std::uint64_t kTransmitOffloads = RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;

/// Attaches the device, unless an earlier start of the bus has, and finds its port.
std::uint16_t open_device(const std::string& device) {
  if (const int failed = rte_dev_probe(device.c_str()); failed < 0 && failed != -EEXIST) {
    fail(
        "device \"" + device + "\" cannot be opened", failed,
        "a PCI device must exist and be bound to vfio-pci, the interface of a vdev must exist, and "
        "enclusterd needs the right to use it");
  }
  rte_dev_iterator iterator{};
  std::uint16_t id = RTE_MAX_ETHPORTS;
  RTE_ETH_FOREACH_MATCHING_DEV(id, device.c_str(), &iterator) {
    rte_eth_iterator_cleanup(&iterator);
    return id;
  }
  fail("device \"" + device + "\" is no network device", ENODEV,
       "give a PCI address of a network card, or a vdev string that begins with net_");
}

rte_eth_dev_info information(std::uint16_t id, const std::string& device) {
  rte_eth_dev_info info{};
  if (const int failed = rte_eth_dev_info_get(id, &info); failed != 0) {
    fail("device \"" + device + "\" does not say what it can do", failed, "check its driver");
  }
  return info;
}

/// The MTU to ask the driver for. af_packet makes no use of it, and says that its frames end at
/// 1518 bytes whatever its slots hold: the interface's MTU and the slots decide (with_frame_room).
std::uint16_t mtu_to_ask_for(const rte_eth_dev_info& info, std::uint16_t mtu) {
  const bool understates = std::string_view(info.driver_name) == "net_af_packet";
  return understates ? std::min<std::uint16_t>(mtu, RTE_ETHER_MTU) : mtu;
}

/// Closes the port and detaches its device, which can then be opened again.
void close_device(std::uint16_t id) noexcept {
  rte_eth_dev_info info{};
  const bool known = rte_eth_dev_info_get(id, &info) == 0;
  rte_eth_dev_close(id);
  if (known) rte_dev_remove(info.device);
}

}  // namespace

NicPort::NicPort(const DeviceSettings& settings, std::uint16_t workers, MbufPool& pool)
    : device_(settings.device),
      id_(open_device(with_frame_room(device_, settings.mtu))),
      mtu_(settings.mtu),
      vlan_(settings.vlan) {
  try {
    configure(workers, pool);
  } catch (...) {
    close_device(id_);
    throw;
  }
}

NicPort::~NicPort() {
  stop();
  close_device(id_);
}

void NicPort::configure(std::uint16_t workers, MbufPool& pool) {
  const rte_eth_dev_info info = information(id_, device_);
  rte_eth_conf configuration{};
  configuration.rxmode.mtu = mtu_to_ask_for(info, mtu_);
  configuration.rxmode.offloads = receive_offloads(vlan_) & info.rx_offload_capa;
  configuration.txmode.offloads = kTransmitOffloads & info.tx_offload_capa;
  if (const int failed = rte_eth_dev_configure(id_, workers, workers, &configuration)) {
    fail("device \"" + device_ + "\" refuses " + std::to_string(workers) +
             " queue(s) and an MTU of " + std::to_string(mtu_),
         failed, "use fewer workers or a smaller MTU");
  }
  set_up_queues(workers, pool);
  rte_ether_addr address{};
  if (const int failed = rte_eth_macaddr_get(id_, &address)) {
    fail("device \"" + device_ + "\" has no MAC address", failed, "check its driver");
  }
  std::copy_n(address.addr_bytes, mac_.size(), mac_.begin());
}

void NicPort::set_up_queues(std::uint16_t workers, MbufPool& pool) {
  std::uint16_t receive = kQueueDescriptors;
  std::uint16_t transmit = kQueueDescriptors;
  int failed = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive, &transmit);
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
  for (std::uint16_t queue = 0; queue < workers && failed == 0; ++queue) {
    failed = rte_eth_rx_queue_setup(id_, queue, receive, socket, nullptr, &pool.mempool());
    if (failed == 0) failed = rte_eth_tx_queue_setup(id_, queue, transmit, socket, nullptr);
  }
  if (failed != 0) {
    fail("the queues of device \"" + device_ + "\" cannot be set up", failed,
         "raise memory.megabytes (af_packet: use a smaller framesz)");
  }
}

void NicPort::start() {
  if (const int failed = rte_eth_dev_start(id_)) {
    fail("device \"" + device_ + "\" does not start", failed, "check that its link may be used");
  }
  // Daemons behind the TAPs (routing, VRRP) join groups that the device cannot know of. A device
  // without this filter has nothing to open.
  static_cast<void>(rte_eth_allmulticast_enable(id_));
}

void NicPort::stop() noexcept { static_cast<void>(rte_eth_dev_stop(id_)); }

Link NicPort::link() const noexcept {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(id_, &link) != 0) return {};
  const bool known = link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
  return {link.link_status == RTE_ETH_LINK_UP, known ? link.link_speed : 0};
}

DeviceStatistics NicPort::statistics() const noexcept {
  rte_eth_stats stats{};
  if (rte_eth_stats_get(id_, &stats) != 0) return {};
  return {stats.imissed, stats.rx_nombuf, stats.ierrors, stats.oerrors};
}

std::uint16_t NicPort::receive(WorkerId queue, std::span<rte_mbuf*> buffers) noexcept {
  return rte_eth_rx_burst(id_, queue, buffers.data(), static_cast<std::uint16_t>(buffers.size()));
}

std::uint16_t NicPort::send(WorkerId queue, std::span<rte_mbuf*> buffers) noexcept {
  return rte_eth_tx_burst(id_, queue, buffers.data(), static_cast<std::uint16_t>(buffers.size()));
}

}  // namespace encluster::datapath
