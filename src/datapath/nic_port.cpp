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

std::string with_queues(const std::string& device, std::uint16_t workers) {
  constexpr std::string_view kArgument = ",qpairs=";
  const bool is_af_packet =
      device.starts_with("net_af_packet") || device.starts_with("eth_af_packet");
  if (!is_af_packet) return device;
  const std::string wanted = std::to_string(workers);
  const std::size_t found = device.find(kArgument);
  if (found == std::string::npos) {
    return workers == 1 ? device : device + std::string(kArgument) + wanted;
  }
  const std::size_t value = found + kArgument.size();
  const std::string given = device.substr(value, device.find(',', value) - value);
  if (given != wanted) {
    // Frames of a queue that no worker polls would be lost.
    fail("device \"" + device + "\" has qpairs=" + given + " for " + wanted + " worker(s)", EINVAL,
         "leave qpairs out, which then follows `workers`");
  }
  return device;
}

NicPort::NicPort(const DeviceSettings& settings, const QueueLayout& layout, MbufPool& pool)
    : device_(with_queues(settings.device, layout.workers)),
      id_(open_device(with_frame_room(device_, settings.mtu))),
      mtu_(settings.mtu),
      vlan_(settings.vlan),
      layout_(layout) {
  try {
    configure(pool);
  } catch (...) {
    close_device(id_);
    throw;
  }
}

NicPort::~NicPort() {
  stop();
  close_device(id_);
}

/// As many queues as there are workers, or as the device has.
void NicPort::choose_queues(const rte_eth_dev_info& info) {
  transmit_queues_ = std::min(layout_.workers, info.max_tx_queues);
  if (transmit_queues_ < layout_.workers) {
    transmit_locks_ = std::make_unique<std::mutex[]>(transmit_queues_);
  }
  receive_queues_ = std::min(layout_.workers, info.max_rx_queues);
  if (layout_.workers == 1) return;
  if (receive_queues_ < layout_.workers) {
    steering_.problem = "the device has fewer receive queues than there are workers";
  } else {
    rss_ = plan_rss(info, layout_.remote, steering_.problem);
  }
}

void NicPort::configure(MbufPool& pool) {
  const rte_eth_dev_info info = information(id_, device_);
  choose_queues(info);
  rte_eth_conf configuration{};
  configuration.rxmode.mtu = mtu_to_ask_for(info, mtu_);
  configuration.rxmode.offloads = receive_offloads(vlan_) & info.rx_offload_capa;
  configuration.txmode.offloads = kTransmitOffloads & info.tx_offload_capa;
  if (rss_.has_value()) {
    configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    configuration.rx_adv_conf.rss_conf = {
        rss_->key.data(), static_cast<std::uint8_t>(rss_->key.size()), rss_->functions};
  }
  int failed = rte_eth_dev_configure(id_, receive_queues_, transmit_queues_, &configuration);
  if (failed != 0 && rss_.has_value()) {
    rss_.reset();
    steering_.problem = "the device refuses the hash it says it can do";
    configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_NONE;
    configuration.rx_adv_conf.rss_conf = {};
    failed = rte_eth_dev_configure(id_, receive_queues_, transmit_queues_, &configuration);
  }
  if (failed != 0) {
    fail("device \"" + device_ + "\" refuses " + std::to_string(layout_.workers) +
             " queue(s) and an MTU of " + std::to_string(mtu_),
         failed, "use fewer workers or a smaller MTU");
  }
  set_up_queues(pool);
  rte_ether_addr address{};
  if (failed = rte_eth_macaddr_get(id_, &address); failed != 0) {
    fail("device \"" + device_ + "\" has no MAC address", failed, "check its driver");
  }
  std::copy_n(address.addr_bytes, mac_.size(), mac_.begin());
}

void NicPort::set_up_queues(MbufPool& pool) {
  std::uint16_t receive = kQueueDescriptors;
  std::uint16_t transmit = kQueueDescriptors;
  int failed = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive, &transmit);
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
  for (std::uint16_t queue = 0; queue < receive_queues_ && failed == 0; ++queue) {
    failed = rte_eth_rx_queue_setup(id_, queue, receive, socket, nullptr, &pool.mempool());
  }
  for (std::uint16_t queue = 0; queue < transmit_queues_ && failed == 0; ++queue) {
    failed = rte_eth_tx_queue_setup(id_, queue, transmit, socket, nullptr);
  }
  if (failed != 0) {
    fail("the queues of device \"" + device_ + "\" cannot be set up", failed,
         "raise memory.megabytes (af_packet: use a smaller framesz; af_xdp: no MTU above 2980)");
  }
}

void NicPort::start() {
  if (const int failed = rte_eth_dev_start(id_)) {
    fail("device \"" + device_ + "\" does not start", failed, "check that its link may be used");
  }
  // Daemons behind the TAPs (routing, VRRP) join groups that the device cannot know of. A device
  // without this filter has nothing to open.
  static_cast<void>(rte_eth_allmulticast_enable(id_));
  if (rss_.has_value()) set_up_rss();
}

/// Drivers take the table only once the device is started. Frames that come before go astray, or
/// the device turns out to lie: the workers hand them over.
void NicPort::set_up_rss() {
  if (!fill_rss_table(id_, layout_.workers)) {
    steering_ = {false, "the device does not take a table of queues"};
  } else if (const auto problem = check_rss(id_, layout_.workers, rss_->functions)) {
    steering_ = {false, *problem};
  } else {
    steering_ = {true, {}};
  }
}

std::optional<std::uint16_t> NicPort::receive_queue_of(WorkerId worker) const noexcept {
  const unsigned first = receive_queues_ == layout_.workers ? 0U : layout_.first;
  const unsigned queue = (worker + layout_.workers - first) % layout_.workers;
  if (queue >= receive_queues_) return std::nullopt;
  return static_cast<std::uint16_t>(queue);
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

std::uint16_t NicPort::receive(std::uint16_t queue, std::span<rte_mbuf*> buffers) noexcept {
  return rte_eth_rx_burst(id_, queue, buffers.data(), static_cast<std::uint16_t>(buffers.size()));
}

std::uint16_t NicPort::send(WorkerId worker, std::span<rte_mbuf*> buffers) noexcept {
  const auto count = static_cast<std::uint16_t>(buffers.size());
  if (transmit_locks_ == nullptr) return rte_eth_tx_burst(id_, worker, buffers.data(), count);
  const auto queue = static_cast<std::uint16_t>(worker % transmit_queues_);
  const std::lock_guard sending(transmit_locks_[queue]);
  return rte_eth_tx_burst(id_, queue, buffers.data(), count);
}

}  // namespace encluster::datapath
