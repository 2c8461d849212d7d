#include "datapath/rss.hpp"

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_thash.h>

#include <catch2/catch.hpp>
#include <random>

#include "datapath/mbuf_pool.hpp"
#include "switching/remote_hash.hpp"
#include "test_eal.hpp"

namespace encluster::datapath {
namespace {

using switching::hash_key;
using switching::remote_hash;
using switching::shard_of;

constexpr std::uint64_t kOnly = RTE_ETH_RSS_L3_SRC_ONLY | RTE_ETH_RSS_L3_DST_ONLY;

rte_eth_dev_info capable_device() {
  rte_eth_dev_info info{};
  info.flow_type_rss_offloads =
      kOnly | RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV6;
  info.hash_key_size = 52;
  info.reta_size = 512;
  return info;
}

std::string problem_with(const rte_eth_dev_info& info) {
  std::string problem;
  CHECK(plan_rss(info, RemoteField::source, problem) == std::nullopt);
  return problem;
}

/// A started net_null device with two queues: it hashes as it is told, though not by one address
/// alone.
class HashingDevice {
 public:
  HashingDevice() {
    REQUIRE(rte_dev_probe("net_null20") == 0);
    REQUIRE(rte_eth_dev_get_port_by_name("net_null20", &id) == 0);
    rte_eth_conf configuration{};
    configuration.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    REQUIRE(rte_eth_dev_configure(id, 2, 2, &configuration) == 0);
    for (std::uint16_t queue = 0; queue < 2; ++queue) {
      REQUIRE(rte_eth_rx_queue_setup(id, queue, 64, 0, nullptr, &test_pool().mempool()) == 0);
      REQUIRE(rte_eth_tx_queue_setup(id, queue, 64, 0, nullptr) == 0);
    }
    REQUIRE(rte_eth_dev_start(id) == 0);
    set_key(hash_key<40>());
  }
  HashingDevice(const HashingDevice&) = delete;
  HashingDevice& operator=(const HashingDevice&) = delete;
  ~HashingDevice() {
    rte_eth_dev_info info{};
    rte_eth_dev_info_get(id, &info);
    rte_eth_dev_stop(id);
    rte_eth_dev_close(id);
    rte_dev_remove(info.device);
  }
  void set_key(std::array<std::uint8_t, 40> key) const {
    rte_eth_rss_conf hash{key.data(), key.size(), RTE_ETH_RSS_IPV4};
    REQUIRE(rte_eth_dev_rss_hash_update(id, &hash) == 0);
  }

  std::uint16_t id = 0;
};

TEST_CASE("the software's hash is what DPDK computes for a card, wherever the address stands") {
  alignas(4) const auto key = hash_key<40>();
  std::mt19937 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const auto address = static_cast<std::uint32_t>(random());
    std::array<std::uint32_t, 2> tuple{address, 0};
    CHECK(rte_softrss(tuple.data(), 1, key.data()) == remote_hash(Ipv4Address(address)));
    tuple = {0, address};
    CHECK(rte_softrss(tuple.data(), 2, key.data()) == remote_hash(Ipv4Address(address)));
  }
}

TEST_CASE("a device that can is asked to hash the remote's address alone") {
  std::string problem;
  const auto outside = plan_rss(capable_device(), RemoteField::source, problem);
  REQUIRE(outside);
  CHECK(outside->functions ==
        (RTE_ETH_RSS_L3_SRC_ONLY | RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP));
  CHECK(outside->key.size() == 52);
  CHECK(outside->key[0] == 0x6d);
  CHECK(outside->key[51] == 0x5a);
  const auto inside = plan_rss(capable_device(), RemoteField::destination, problem);
  REQUIRE(inside);
  CHECK((inside->functions & kOnly) == RTE_ETH_RSS_L3_DST_ONLY);
  CHECK(problem.empty());
}

TEST_CASE("a device that cannot divide remotes as the software does is not asked to") {
  rte_eth_dev_info info = capable_device();
  info.flow_type_rss_offloads &= ~RTE_ETH_RSS_L3_SRC_ONLY;
  CHECK(problem_with(info) == "the device cannot hash one address alone");
  info = capable_device();
  info.flow_type_rss_offloads = kOnly;
  CHECK(problem_with(info) == "the device cannot hash one address alone");
  info = capable_device();
  info.hash_key_size = 8;
  CHECK(problem_with(info) == "the device's hash key is too short");
  for (const std::uint16_t entries : std::initializer_list<std::uint16_t>{0, 64, 100, 200}) {
    info = capable_device();
    info.reta_size = entries;
    CHECK(problem_with(info) == "the device's table of queues is too small");
  }
}

TEST_CASE("a device with the right key and table agrees with the software") {
  const HashingDevice device;
  REQUIRE(fill_rss_table(device.id, 2));
  CHECK(check_rss(device.id, 2, 0) == std::nullopt);
}

TEST_CASE("a device with another key or table is found out") {
  const HashingDevice device;
  CHECK(check_rss(device.id, 2, 0) ==
        "the device's key and table divide remotes otherwise than the software");
  REQUIRE(fill_rss_table(device.id, 2));
  device.set_key({1, 2, 3});
  CHECK(check_rss(device.id, 2, 0) ==
        "the device's key and table divide remotes otherwise than the software");
}

TEST_CASE("a device that hashes other fields than it was told is found out") {
  const HashingDevice device;
  REQUIRE(fill_rss_table(device.id, 2));
  CHECK(check_rss(device.id, 2, RTE_ETH_RSS_L3_SRC_ONLY) ==
        "the device hashes other fields than it was told");
}

TEST_CASE("a device without a table is found out") {
  CHECK_FALSE(fill_rss_table(RTE_MAX_ETHPORTS - 1, 2));
  CHECK(check_rss(RTE_MAX_ETHPORTS - 1, 2, 0) == "the device does not tell its key");
}

}  // namespace
}  // namespace encluster::datapath
